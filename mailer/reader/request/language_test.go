package request_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/request"
)

func TestLanguageOfShortTexts(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Please delete my account.", "en"},
		{"Bitte löschen Sie meine Daten.", "de"},
		{"Merci de supprimer mes données.", "fr"},
		{"Por favor, borren mis datos.", "es"},
		{"Per favore cancellate i miei dati.", "it"},
		{"Por favor, apaguem os meus dados.", "pt"},
		{"Verwijder alstublieft mijn gegevens.", "nl"},
		{"Radera mina personuppgifter, tack.", "sv"},
		{"Slet venligst mine oplysninger hos jer.", "da"},
		{"Vennligst slett opplysningene mine hos dere.", "no"},
		{"Poistakaa minun henkilötietoni, kiitos.", "fi"},
		{"Prosím smažte všechny moje údaje.", "cs"},
		{"Molim izbrišite sve moje podatke.", "hr"},
		{"Vă rog să ștergeți datele mele.", "ro"},
		{"Διαγράψτε τα δεδομένα μου.", "el"},
		{"Proszę usunąć moje dane osobowe.", "pl"},
		{"Lütfen kişisel verilerimi silin.", "tr"},
		{"私のデータを削除してください。", "ja"},
		{"", ""},
		{"42", ""},
		{"jane@customer.example", ""},
		{"Удалите мои данные, пожалуйста.", ""},
		{"xyzzy plugh", ""},
		{"xyzzy alstublieft", ""},
		{"請刪除我的個人資料", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got := request.Language(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
