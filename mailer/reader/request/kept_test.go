package request_test

import (
	"slices"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/request"
)

// The opposite of what is asked for must not be done, wherever a language puts its "not".
func TestWhoWantsDataToStayAsksForNoErasure(t *testing.T) {
	for language, text := range map[string]string{
		"en": "Please do not delete my data.",
		"de": "Bitte löschen Sie meine Daten nicht.",
		"fr": "N'effacez pas mes données.",
		"es": "Por favor, no borren mis datos.",
		"it": "Per favore non cancellate i miei dati.",
		"nl": "Verwijder mijn gegevens alstublieft niet.",
		"pt": "Por favor não apaguem os meus dados.",
		"pl": "Proszę nie usuwać moich danych.",
		"sv": "Radera inte mina uppgifter, tack.",
		"da": "Slet ikke mine oplysninger.",
		"no": "Ikke slett opplysningene mine. Slett ikke opplysningene mine.",
		"fi": "Älkää poistako tietojani.",
		"cs": "Prosím, nemažte moje údaje.",
		"sk": "Prosím, nevymazávajte moje údaje.",
		"hu": "Kérem, ne töröljék az adataimat.",
		"ro": "Vă rog să nu ștergeți datele mele.",
		"bg": "Моля, не изтривайте данните ми.",
		"el": "Μην διαγράψετε τα δεδομένα μου.",
		"hr": "Molim nemojte izbrisati moje podatke.",
		"sl": "Prosim, ne izbrišite mojih podatkov.",
		"ru": "Пожалуйста, не удаляйте мои данные.",
		"uk": "Будь ласка, не видаляйте мої дані.",
		"tr": "Lütfen verilerimi silmeyin.",
		"ja": "私のデータを削除しないでください。",
		"zh": "请不要删除我的资料。",
		"ko": "제 정보를 삭제하지 마세요.",
	} {
		if got := request.Read(text, "", "writer@mail.example", ours).Kinds; slices.Contains(got, "erasure") {
			t.Errorf("%s: got %q: %s", language, got, text)
		}
	}
}
