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
		{"Удалите мои данные, пожалуйста.", "ru"},
		{"Видаліть мої дані, будь ласка.", "uk"},
		{"Моля, изтрийте данните ми.", "bg"},
		{"Kérem, töröljék az adataimat.", "hu"},
		{"Prosím, vymažte všetky moje údaje.", "sk"},
		{"Prosim, izbrišite vse moje podatke.", "sl"},
		{"제 데이터를 삭제해 주세요.", "ko"},
		{"我的数据请删除。你们有吗？谢谢。", "zh"},
		{"請刪除我的個人資料", "zh"},
		{"Můžete mi poslat kopii mých údajů?", "cs"},
		{"Môžete mi poslať kópiu mojich údajov?", "sk"},
		{"Možete li mi poslati kopiju mojih podataka?", "hr"},
		{"Mi lahko pošljete kopijo mojih podatkov?", "sl"},
		{"Kan I sende mig en kopi af mine oplysninger?", "da"},
		{"Kan dere sende meg en kopi av opplysningene mine?", "no"},
		{"Kan ni skicka mig en kopia av mina uppgifter?", "sv"},
		{"¿Me pueden enviar una copia de mis datos?", "es"},
		{"Podem enviar-me uma cópia dos meus dados?", "pt"},
		{"Potete mandarmi una copia dei miei dati?", "it"},
		{"Îmi puteți trimite o copie a datelor mele?", "ro"},
		{"Kunt u mij een kopie van mijn gegevens sturen?", "nl"},
		{"Können Sie mir eine Kopie meiner Daten schicken?", "de"},
		{"מחקו את הנתונים שלי בבקשה", ""},
		{"ลบข้อมูลของฉัน", ""},
		{"xyzzy plugh", ""},
		{"xyzzy alstublieft", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got := request.Language(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
