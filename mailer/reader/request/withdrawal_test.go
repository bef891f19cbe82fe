package request

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPlainWithdrawals(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range []struct{ language, text string }{
		{"en", "Hello,\n\nI withdraw my request.\n\nKind regards\nJane Roe"},
		{"en", "Please cancel my data request. I have what I need."},
		{"en", "I no longer need the data. Please disregard my request, thank you!"},
		{"en", "I hereby withdraw my request for access to my data."},
		{"de", "Guten Tag,\n\nhiermit ziehe ich meine Anfrage vom 3. November zurück.\n\nMit freundlichen Grüßen\nJane Roe"},
		{"de", "Ich möchte meinen Antrag zurückziehen. Danke."},
		{"de", "Meine Anfrage hat sich erledigt."},
		{"fr", "Bonjour,\nje retire ma demande.\nCordialement"},
		{"fr", "Veuillez annuler ma demande d’accès."},
		{"es", "Hola,\nretiro mi solicitud.\nSaludos"},
		{"es", "Por favor, cancelen mi petición."},
		{"it", "Buongiorno,\nritiro la mia richiesta.\nCordiali saluti"},
		{"nl", "Beste,\nIk trek hierbij mijn verzoek in.\nGroet"},
		{"nl", "Ik wil mijn aanvraag intrekken."},
		{"pt", "Bom dia,\nretiro o meu pedido.\nObrigado"},
		{"pt", "Quero cancelar minha solicitação."},
		{"pl", "Dzień dobry,\nwycofuję swój wniosek.\nPozdrawiam"},
		{"pl", "Proszę anulować mój wniosek."},
		{"sv", "Hej,\njag drar tillbaka min begäran om uppgifter.\nHälsningar"},
		{"da", "Hej,\njeg trækker min anmodning tilbage.\nVenlig hilsen"},
		{"cs", "Dobrý den,\nberu svou žádost zpět.\nS pozdravem"},
		{"cs", "Prosím zrušte mou žádost."},
		{"ru", "Здравствуйте,\nотзываю свой запрос.\nС уважением"},
		{"ru", "Отмените мой запрос, пожалуйста."},
		{"tr", "Merhaba,\ntalebimi geri çekiyorum.\nSaygılarımla"},
		{"tr", "BAŞVURUMU İPTAL EDİN"},
		{"ja", "お世話になっております。\n請求を取り下げます。\nよろしくお願いいたします。"},
	} {
		covered[c.language] = true
		if w := ReadWithdrawal(c.text); !w.Meant || !w.Plain {
			t.Errorf("%s: %q: meant %v, plain %v", c.language, c.text, w.Meant, w.Plain)
		}
	}
	for _, tongue := range tongues() {
		if !covered[tongue.code] {
			t.Errorf("no case for %s", tongue.code)
		}
	}
}

func TestWhatIsLessThanPlain(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		meant bool
	}{
		"nothing":              {"", false},
		"a request":            {"Please export my data.", false},
		"a consent":            {"I withdraw my consent.", false},
		"an account":           {"Please cancel my account and answer my request.", false},
		"a question":           {"Can I cancel my request?", true},
		"a Greek question":     {"withdraw my request;", true},
		"a negation":           {"I do not withdraw my request.", true},
		"a negation elsewhere": {"Withdraw my request? Never!", true},
		"a condition":          {"If you have deleted everything, I withdraw my request.", true},
		"something instead":    {"I withdraw my request, please delete my data instead.", true},
		"what somebody said":   {"They told me I should withdraw my request.", true},
		"a German negation":    {"Ich ziehe meine Anfrage nicht zurück.", true},
		"a German condition":   {"Ich ziehe meine Anfrage zurück, sobald alles gelöscht ist.", true},
		"a French negation":    {"Je ne retire pas ma demande.", false},
		"a Turkish negation":   {"Talebimi geri çekmiyorum.", false},
		"a Japanese negation":  {"請求を取り下げません。", false},
		"a long letter":        {"I withdraw my request. " + strings.Repeat("There is more to say. ", 40), true},
	} {
		t.Run(name, func(t *testing.T) {
			if w := ReadWithdrawal(c.text); w.Meant != c.meant || w.Plain {
				t.Errorf("%q: meant %v, plain %v", c.text, w.Meant, w.Plain)
			}
		})
	}
}

func TestAWithdrawalTellsWhichRightsItNames(t *testing.T) {
	for text, want := range map[string]string{
		"I withdraw my request.":                        "",
		"I withdraw my request for erasure.":            "erasure",
		"I withdraw my request. Please delete my data.": "erasure",
		"Ich ziehe meine Anfrage auf Auskunft zurück.":  "access",
	} {
		if got := ReadWithdrawal(text).Rights; !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q names %v, want %q", text, got, want)
		}
	}
}

func TestTheListsOfWithdrawalsHaveNoErrors(t *testing.T) {
	if _, err := readTongues(withdrawalFiles); err != nil {
		t.Error(err)
	}
	files := fstest.MapFS{"withdrawal/xx.txt": {Data: []byte("stray\n[withdraw]\nfine\n[no-such]\nx\n")}}
	_, err := readTongues(files)
	for _, want := range []string{"xx.txt:1", "xx.txt:4: no section is called [no-such]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}
