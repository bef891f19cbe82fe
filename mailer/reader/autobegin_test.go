package reader_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

// Languages glue words together: what begins as the name of an automatic answer may be a longer
// name of one, which no list has. It may be a person's subject line as well, so it is one that
// decides nothing.
func TestNothingIsDecidedUnderASubjectLineThatBeginsAsANoticesDoes(t *testing.T) {
	if len(noticeBeginnings) < 130 {
		t.Fatalf("%d beginnings", len(noticeBeginnings))
	}
	for _, beginning := range noticeBeginnings {
		for _, mark := range []string{"", "Re: ", "[EXT] "} {
			for _, rest := range []string{"", ": x", " x", "x", "en", "s: x", "2", "-x"} {
				subjectLine := mark + beginning + rest
				if m := reader.Read(plainMail(subjectLine, "CONFIRM", toOurs), ours); m.Decision == reader.Confirm {
					t.Errorf("%q confirms (%s)", subjectLine, m.Class)
				}
			}
		}
	}
}

// noticeBeginnings are how subject lines of automatic answers begin.
var noticeBeginnings = []string{
	"auto:", "auto reply", "auto-reply", "autoreply", "automatic reply", "automatic response",
	"automated reply", "automated response", "auto response", "auto-response", "autoresponse",
	"auto:out of office", "out of office", "out of the office", "out-of-office", "ooo:",
	"vacation reply", "vacation message", "on vacation:", "away from my mail",
	"away from the office", "i am out of the office", "i'm out of the office",
	"automatische antwort", "abwesenheitsnotiz", "abwesenheitsmeldung", "abwesenheit:",
	"abwesend:", "außer haus", "automatische abwesenheit", "autom. antwort",
	"réponse automatique", "reponse automatique", "réponse auto", "absence du bureau",
	"absent du bureau", "message d'absence", "notification d'absence", "respuesta automática",
	"respuesta automatica", "respuesta de ausencia", "fuera de la oficina", "fuera de oficina",
	"autorespuesta", "contestación automática", "risposta automatica", "fuori ufficio",
	"fuori sede", "risposta non al computer", "assente dall'ufficio", "risposta di assenza",
	"assenza dall'ufficio", "resposta automática", "resposta automatica", "fora do escritório",
	"ausência temporária", "ausente do escritório", "ausência do escritório",
	"automatisch antwoord", "afwezigheidsmelding", "automatische beantwoording",
	"afwezigheidsbericht", "afwezig:", "niet aanwezig:", "autosvar", "automatiskt svar",
	"frånvaro", "frånvarande", "automatisk svar", "fraværende", "fravær:", "ikke på kontoret",
	"ikke til stede", "automaattinen vastaus", "poissa toimistosta", "poissaoloilmoitus",
	"odpowiedź automatyczna", "automatyczna odpowiedź", "autoodpowiedź", "poza biurem",
	"nieobecność:", "automatická odpověď", "mimo kancelář", "automatická odpoveď",
	"mimo kancelárie", "automatikus válasz", "házon kívül", "răspuns automat",
	"raspuns automat", "absent de la birou", "автоматический ответ", "автоответ", "вне офиса",
	"нет на месте", "автоматична відповідь", "поза офісом", "автоматичен отговор",
	"аутоматски одговор", "automatski odgovor", "samodejni odgovor", "otomatik yanıt",
	"otomatik cevap", "ofis dışında", "αυτόματη απάντηση", "εκτός γραφείου", "תשובה אוטומטית",
	"מענה אוטומטי", "מחוץ למשרד", "رد تلقائي", "الرد التلقائي", "خارج المكتب", "自動応答", "自動返信",
	"不在通知", "不在:", "自动答复", "自动回复", "自動回覆", "自動答覆", "外出:", "不在办公室", "자동 회신", "자동 응답", "부재 중",
	"부재중", "trả lời tự động", "ตอบกลับอัตโนมัติ", "automaatvastus", "automātiskā atbilde",
	"automatinis atsakymas",
}
