package reader

// autoSubjects are how vacation notices and automatic answers begin their subject line, in
// lower case. A phrase belongs here only when no person would begin a mail with it.
var autoSubjects = []string{
	// English
	"auto:", "auto reply", "auto-reply", "autoreply", "automatic reply", "automatic response",
	"automated reply", "automated response", "auto response", "auto-response", "autoresponse",
	"auto:out of office", "out of office", "out of the office", "out-of-office", "ooo:",
	"vacation reply", "vacation message", "on vacation:", "away from my mail",
	"away from the office", "i am out of the office", "i'm out of the office",
	// German
	"automatische antwort", "abwesenheitsnotiz", "abwesenheitsmeldung", "abwesenheit:",
	"abwesend:", "außer haus", "automatische abwesenheit", "autom. antwort",
	// French
	"réponse automatique", "reponse automatique", "réponse auto", "absence du bureau",
	"absent du bureau", "message d'absence", "notification d'absence",
	// Spanish
	"respuesta automática", "respuesta automatica", "respuesta de ausencia",
	"fuera de la oficina", "fuera de oficina", "autorespuesta", "contestación automática",
	// Italian
	"risposta automatica", "fuori ufficio", "fuori sede", "risposta non al computer",
	"assente dall'ufficio", "risposta di assenza", "assenza dall'ufficio",
	// Portuguese
	"resposta automática", "resposta automatica", "fora do escritório", "ausência temporária",
	"ausente do escritório", "ausência do escritório",
	// Dutch
	"automatisch antwoord", "afwezigheidsmelding", "automatische beantwoording",
	"afwezigheidsbericht", "afwezig:", "niet aanwezig:",
	// Swedish, Danish, Norwegian, Finnish
	"autosvar", "automatiskt svar", "frånvaro", "frånvarande", "automatisk svar", "fraværende",
	"fravær:", "ikke på kontoret", "ikke til stede", "automaattinen vastaus",
	"poissa toimistosta", "poissaoloilmoitus",
	// Polish, Czech, Slovak, Hungarian, Romanian
	"odpowiedź automatyczna", "automatyczna odpowiedź", "autoodpowiedź", "poza biurem",
	"nieobecność:", "automatická odpověď", "mimo kancelář", "automatická odpoveď",
	"mimo kancelárie", "automatikus válasz", "házon kívül", "răspuns automat",
	"raspuns automat", "absent de la birou",
	// Russian, Ukrainian, Bulgarian, Serbian, Croatian, Slovenian
	"автоматический ответ", "автоответ", "вне офиса", "нет на месте", "автоматична відповідь",
	"поза офісом", "автоматичен отговор", "аутоматски одговор", "automatski odgovor",
	"samodejni odgovor",
	// Turkish, Greek, Hebrew, Arabic
	"otomatik yanıt", "otomatik cevap", "ofis dışında", "αυτόματη απάντηση", "εκτός γραφείου",
	"תשובה אוטומטית", "מענה אוטומטי", "מחוץ למשרד", "رد تلقائي", "الرد التلقائي",
	"خارج المكتب",
	// Japanese, Chinese, Korean, Vietnamese, Thai
	"自動応答", "自動返信", "不在通知", "不在:", "自动答复", "自动回复", "自動回覆", "自動答覆",
	"外出:", "不在办公室", "자동 회신", "자동 응답", "부재 중", "부재중", "trả lời tự động",
	"ตอบกลับอัตโนมัติ",
	// Baltic
	"automaatvastus", "automātiskā atbilde", "automatinis atsakymas",
}
