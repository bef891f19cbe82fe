package parts_test

import (
	"strings"
	"testing"
	"testing/quick"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// Sentences as customers write them, of which no charset is declared.
func TestMendTellsUndeclaredCharsets(t *testing.T) {
	for _, c := range []struct {
		charset encoding.Encoding
		text    string
	}{
		{charmap.Windows1251, "Требую удалить мой аккаунт и все сведения обо мне"},
		{charmap.KOI8R, "Какие данные вы обо мне храните и откуда они у вас?"},
		{charmap.ISO8859_5, "Пожалуйста, пришлите мне копию моих персональных данных"},
		{charmap.CodePage866, "Пожалуйста, пришлите мне копию моих персональных данных"},
		{charmap.KOI8U, "Надішліть мені, будь ласка, копію моїх особистих даних"},
		{charmap.Windows1251, "Моля, изпратете ми копие от личните ми данни"},
		{charmap.Windows1253, "Θέλω να μάθω ποια στοιχεία κρατάτε για εμένα"},
		{charmap.ISO8859_7, "Σας ζητώ να διαγράψετε τον λογαριασμό μου"},
		{charmap.Windows1255, "אני מבקש לקבל עותק של כל הנתונים שלי"},
		{charmap.Windows1256, "أريد نسخة من جميع البيانات التي تحتفظون بها عني"},
		{charmap.Windows874, "ขอสำเนาข้อมูลส่วนบุคคลของฉันด้วยค่ะ"},
		{japanese.ShiftJIS, "貴社が保有する私の情報の写しを送ってください。"},
		{japanese.EUCJP, "貴社が保有する私の情報の写しを送ってください。"},
		{japanese.ISO2022JP, "貴社が保有する私の情報の写しを送ってください。"},
		{simplifiedchinese.GBK, "请把你们公司保存的我的个人资料发给我"},
		{traditionalchinese.Big5, "請把你們公司保存的我的個人資料發給我"},
		{korean.EUCKR, "귀사가 보유한 제 정보의 사본을 보내 주세요"},
		{charmap.ISO8859_2, "Chcę wiedzieć, jakie dane o mnie państwo przechowują. Dziękuję"},
		{charmap.Windows1250, "Prosím o kopii údajů, které o mně uchováváte. Děkuji, Zdeněk Řehoř"},
		{charmap.Windows1250, "Szeretném tudni, milyen adatokat őriznek rólam. Köszönettel, Győző Szűcs"},
		{charmap.Windows1254, "Hakkımda hangi bilgileri sakladığınızı öğrenmek istiyorum. Saygılarımla, Gülşen"},
		{charmap.Windows1252, "Je souhaite accéder à mes données et être oublié. Très cordialement, Hélène"},
		{charmap.Windows1252, "Ich möchte wissen, welche Daten Sie über mich gespeichert haben. Viele Grüße, Jörg Weiß"},
		{charmap.Windows1252, "Vennligst slett alt dere har lagret på meg. Hilsen Bjørn Ågård"},
		{charmap.Windows1252, "Ég óska eftir afriti af persónuupplýsingum mínum. Kveðja, Þórður"},
		{charmap.Windows1252, "Quiero saber qué información tenéis sobre mí. ¡Gracias! Begoña"},
		{charmap.Windows1252, "naïve café"},
	} {
		raw, err := c.charset.NewEncoder().String(c.text)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if got := parts.Mend([]byte(raw), ""); got != c.text {
			t.Errorf("%v: got %q, want %q", c.charset, got, c.text)
		}
	}
}

func TestMendAlwaysGivesUTF8(t *testing.T) {
	names := []string{"", "utf-8", "utf-16", "iso-2022-kr", "viscii", "gb2312", "x-unknown",
		"cp932", "utf-7", "shift_jis"}
	valid := func(text []byte, n uint8) bool {
		return utf8.ValidString(parts.Mend(text, names[int(n)%len(names)]))
	}
	if err := quick.Check(valid, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

// A charset that explains the text is never doubted.
func TestMendTakesADeclaredCharsetAtItsWord(t *testing.T) {
	for _, name := range []string{"windows-1252", "iso-8859-2", "koi8-r", "windows-1251"} {
		letters := strings.Repeat("\xf0\xee\xe4\xf2\xe2\xe5 ", 20)
		for _, text := range []string{letters, "\xff\xfe" + letters, "\xfe\xff" + letters} {
			if got, want := parts.Mend([]byte(text), name), parts.ToUTF8([]byte(text), name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

func TestMendGuessesWithinBounds(t *testing.T) {
	for _, unit := range []string{"\xf0", "\xf0a", "\x1b$B!!", "\x1b$)C\x0e!", "\xff\xfea"} {
		text := []byte(strings.Repeat(unit, (1<<20)/len(unit)))
		took, err := forge.Cost(func() { parts.Mend(text, "") })
		if err != nil || took > forge.AtMost(time.Second) { // for each letter again, it were hours
			t.Errorf("%q: took %v: %v", unit, took, err)
		}
		allocated := testing.AllocsPerRun(1, func() { parts.Mend(text, "") })
		if allocated > 500 {
			t.Errorf("%q: %.0f allocations", unit, allocated)
		}
	}
}
