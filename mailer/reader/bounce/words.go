package bounce

import "strings"

// noticeSubjects are what subject lines of notices contain, in lower case.
var noticeSubjects = []string{
	"undeliver", "delivery status", "delivery failure", "delivery failed", "failure notice",
	"failed delivery", "returned mail", "return mail", "mail delivery", "message delivery",
	"could not be delivered", "couldn't be delivered", "not delivered", "cannot be delivered",
	"delivery notification", "delivery error", "delivery problem", "delivery report",
	"delivery incomplete", "delivery has failed", "delivery delayed", "delayed mail",
	"non-deliver", "nondeliver", "non deliver", "unable to deliver", "failed to deliver",
	"could not send", "could not be sent", "error sending", "mail system error",
	"mail failure", "failed mail", "user unknown", "returned to sender", "returning message",
	"message status", "bounced", "bounce", "error in processing", "mailer-daemon",
	"mail error", "rejected", "warning: message", "warning: could not", "warning: delayed",
	"nicht zugestellt", "unzustellbar", "zustellung", "fehlgeschlagen",
	"non remis", "non distribu", "échec", "echec de", "retour de message",
	"no se puede entregar", "no entregado", "fallo en la entrega", "error de entrega",
	"mancato recapito", "mancata consegna", "impossibile recapitare", "non recapitabil",
	"não entregue", "falha na entrega", "não foi possível entregar", "niet bezorgd",
	"onbestelbaar", "niet afgeleverd", "kan inte levereras", "kunde inte levereras",
	"olevererbart", "kan ikke leveres", "uleverbar", "ikke leveret", "toimitus epäonnistui",
	"nie można dostarczyć", "niedostarczon", "nedoručiteln", "nedoručen", "kézbesíthetetlen",
	"недоставлен", "не доставлен", "невозможно доставить", "не может быть доставлен",
	"未送達", "配信不能", "配信エラー", "送信エラー", "メール配信", "送信できません", "退信",
	"退信通知", "系统退信", "无法送达", "無法傳送", "未傳遞", "배달 못함", "배달되지", "반송",
	"teslim edilemedi", "iletilemedi",
}

// noticeTexts are what the first paragraphs of notices contain, in lower case.
var noticeTexts = []string{
	"this is the qmail-send", "unable to deliver your message", "this is the postfix program",
	"this is the mail system", "could not be delivered", "couldn't be delivered",
	"was not delivered", "not been delivered", "not delivered", "cannot be delivered",
	"wasn't delivered", "undeliverable", "unable to deliver", "delivery failed",
	"delivery has failed", "delivery to the following", "delivery failure", "delivery error",
	"failed to deliver", "did not reach", "failed permanently", "fatal errors",
	"non-fatal errors", "transcript of session", "transcript of the session",
	"had delivery errors", "delivery errors", "returned to you", "returned to sender",
	"permanent error", "permanently", "bounced", "delivery notification", "delivery report",
	"mailbox unavailable", "user unknown", "unknown user", "no such user", "mailbox is full",
	"mailbox full", "over quota", "quota", "address not found", "was rejected", "has been rejected",
	"message was not", "could not deliver", "message delivery", "delivery status",
	"not able to deliver", "wasn't able to deliver", "unable to send", "unable to be delivered",
	"error occurred", "attempting to deliver", "this is the mailer-daemon", "failed address", "invalid recipient", "recipient unknown",
	"unknown recipient", "delayed", "still be trying", "host unknown", "undelivered",
	"nicht zugestellt", "konnte nicht", "unzustellbar", "n'a pas pu être", "non remis",
	"no se pudo entregar", "no se ha podido entregar", "impossibile recapitare",
	"não foi entregue", "не доставлено", "не было доставлено", "配信できません", "送信できません",
	"配送", "届けることができません", "無法", "无法", "退回",
}

// strongTexts only mail systems write, at the beginning of a notice.
var strongTexts = []string{
	"this is the qmail-send program", "this is the postfix program at host",
	"this message was created automatically by mail delivery software",
	"this is the mail delivery agent", "this is an automatically generated delivery",
	"a message that you sent could not be delivered", "your message did not reach some",
	"your message was not delivered", "----- the following addresses had",
	"the following message could not be delivered", "this is the mail system at host",
	"was automatically rejected", "could not be delivered to",
	"the original message was received at",
}

func hasStrongText(text string) bool {
	return containsAny(strings.ToLower(head(text, 1<<10)), strongTexts)
}
