package forge

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// tongue is a language as people write it and as their mail clients do. The sentences have
// blanks: {who} is the writer of the quoted mail, {D} the day, {M} the month in digits, {b}
// and {B} its short and long name, {a} and {A} those of the weekday, {Y} and {y} the year,
// {t} the time, {T} that with AM or PM.
type tongue struct {
	code    string
	confirm []string // each as the whole decision
	// None of the refusals denies a word that confirms: "I do not confirm" is asked back.
	reject  []string
	hello   []string
	bye     []string
	name    string // of the admin
	old     string // the charset that was used before utf-8
	months  string // short, long
	days    string // short, long, from Sunday
	gmail   string // what stands above a quotation
	apple   string
	bird    string // Thunderbird
	labels  string // From|Sent|To|Subject
	reply   string // what is put before the subject line by Outlook
	orig    string // Original Message
	iphone  string
	android string
	outlook string // Outlook for iOS
	lawyer  string // below every mail of some companies
	banner  string // above every mail from outside
}

// on fills the blanks of a sentence.
func (t *tongue) on(sentence, who string, at time.Time) string {
	months, days := strings.Fields(t.months), strings.Fields(t.days)
	return strings.NewReplacer("{who}", who,
		"{D}", fmt.Sprint(at.Day()), "{DD}", at.Format("02"), "{M}", fmt.Sprint(int(at.Month())),
		"{MM}", at.Format("01"), "{b}", months[at.Month()-1], "{B}", months[11+at.Month()],
		"{a}", days[at.Weekday()], "{A}", days[7+at.Weekday()],
		"{Y}", at.Format("2006"), "{y}", at.Format("06"), "{t}", at.Format("15:04"),
		"{T}", at.Format("3:04\u202fPM")).Replace(sentence)
}

// label is the i-th of From, Sent, To, Subject.
func (t *tongue) label(i int) string { return strings.Split(t.labels, "|")[i] }

// tongues are the languages, by their codes.
func tongues() map[string]*tongue {
	m := map[string]*tongue{}
	for _, t := range slices.Concat(western, eastern) {
		m[t.code] = &t
	}
	return m
}
