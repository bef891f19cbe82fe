package parts

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// frequency.go holds how often letters are written, as far as it takes to tell charsets from
// each other. A line of a table reads: letters, then their frequency in a thousand.

// foreign are the charsets of scripts other than Latin.
var foreign = []tongue{
	newTongue(charmap.Windows1251, russian, 0),
	newTongue(charmap.Windows1251, ukrainian, 0),
	newTongue(charmap.Windows1251, bulgarian, 0),
	newTongue(charmap.KOI8R, russian, 0),
	newTongue(charmap.KOI8U, ukrainian, 0),
	newTongue(charmap.ISO8859_5, russian, 0.4),
	newTongue(charmap.CodePage866, russian, 0.4),
	newTongue(charmap.MacintoshCyrillic, russian, 0.5),
	newTongue(charmap.Windows1253, greek, 0),
	newTongue(charmap.ISO8859_7, greek, 0.1),
	newTongue(charmap.Windows1255, hebrew, 0),
	newTongue(charmap.Windows1256, arabic, 0),
	newTongue(charmap.ISO8859_6, arabic, 0.1),
	newTongue(charmap.Windows874, thai, 0),
	newTongue(charmap.Windows1252, western, 0),
}

// latin are the charsets of languages that write Latin letters with marks.
var latin = []tongue{
	newTongue(charmap.Windows1252, western, 0),
	newTongue(charmap.Windows1252, german, 0),
	newTongue(charmap.Windows1252, nordic, 0),
	newTongue(charmap.Windows1250, polish, 0),
	newTongue(charmap.ISO8859_2, polish, 0),
	newTongue(charmap.Windows1250, czech, 0),
	newTongue(charmap.ISO8859_2, czech, 0),
	newTongue(charmap.Windows1250, hungarian, 0),
	newTongue(charmap.ISO8859_2, hungarian, 0),
	newTongue(charmap.Windows1250, croatian, 0),
	newTongue(charmap.ISO8859_2, croatian, 0),
	newTongue(charmap.Windows1250, romanian, 0),
	newTongue(charmap.ISO8859_2, romanian, 0),
	newTongue(charmap.Windows1254, turkish, 0),
	newTongue(charmap.Windows1257, baltic, 0),
}

const (
	russian = `о 110 е 85 а 80 и 74 н 67 т 63 с 55 р 47 в 45 л 44 к 35 м 32 д 30 п 28 у 26 я 20
		ы 19 ь 17 г 17 з 16 б 16 ч 14 й 12 х 10 ж 9 ш 7 ю 6 ц 5 щ 4 э 3 ф 3 ъ 0.4 ё 0.4 № 0.3`
	ukrainian = `о 94 а 80 н 68 и 62 і 57 в 54 р 47 т 55 е 49 с 41 к 35 л 36 у 33 д 33 м 31 п 29
		з 23 я 22 ь 18 б 17 г 16 ч 14 й 12 х 12 ц 8 ю 9 є 6 ї 6 ж 8 ш 8 щ 5 ф 3 ґ 0.2`
	bulgarian = `а 118 и 89 о 87 е 87 т 77 н 72 р 48 с 52 в 45 л 34 д 37 к 34 п 29 м 24 з 22 ъ 18
		я 18 г 16 б 14 у 14 ч 14 ж 7 ш 6 щ 6 ц 7 ю 2 х 8 й 7 ф 3 ь 0.3 ј 3 љ 1 њ 2 ћ 2 ђ 1 џ 0.5`
	greek = `α 95 ο 85 ι 75 ε 75 τ 85 σ 45 ν 65 η 45 υ 38 ρ 40 π 41 κ 41 μ 33 λ 29 ς 45 ω 17
		δ 17 γ 18 χ 12 θ 12 φ 8 β 7 ξ 5 ζ 3 ψ 2 ά 20 έ 18 ή 13 ί 26 ό 23 ύ 12 ώ 9 ϊ 1 ϋ 0.5
		Ά 0.5 Έ 0.7 Ή 0.2 Ό 0.5`
	hebrew = `י 110 ה 109 ו 104 ל 74 א 63 ר 56 ת 50 ב 47 ש 44 מ 53 ם 30 נ 30 ד 26 ח 25 ע 32
		ק 21 פ 17 ט 12 ן 14 כ 24 ס 15 ג 12 ז 13 צ 12 ך 8 ף 2 ץ 1`
	arabic = `ا 150 ل 120 ي 70 م 60 و 60 ن 60 ر 50 ت 50 ب 40 ه 40 ة 30 ع 36 د 30 س 27 ف 30 ك 23
		ق 24 ح 20 أ 25 ج 13 ش 12 ص 10 ى 9 خ 9 إ 12 ض 6 ذ 7 ط 8 ث 6 ز 6 غ 4 ظ 2 ء 4 ئ 4 ؤ 2
		آ 2 ، 5 ؟ 1 ؛ 0.5 ً 2`
	thai = `า 70 น 65 ร 63 อ 53 ก 50 เ 45 ง 43 ม 38 ย 35 ล 33 ว 33 ด 30 ท 29 ส 27 ต 26 ะ 22 ป 21
		บ 21 ค 23 ห 24 แ 19 จ 16 พ 15 ช 13 ข 15 ใ 12 ไ 14 โ 10 ซ 6 ณ 6 ผ 5 ญ 3 ธ 5 ถ 7 ศ 5 ์ 20
		ั 40 ่ 50 ้ 43 ิ 30 ี 35 ึ 9 ื 12 ุ 19 ู 13 ็ 9 ำ 10 ภ 4 ษ 4 ฐ 1 ฎ 0.5 ฉ 2 ฟ 2 ๆ 1`

	western = `é 250 è 50 à 80 ç 60 ê 40 á 80 í 80 ó 90 ú 30 ñ 40 ã 60 õ 20 â 15 ô 20 î 10 û 10
		ù 10 ì 10 ò 15 ë 8 ï 4 œ 3 ü 15 ö 10 ä 10 ’ 60 ‘ 5 “ 15 ” 15 € 10 – 15 — 4 ° 8 § 4 « 8
		» 8 ¿ 4 ¡ 3 º 3 ª 2 … 6 • 5 · 2 ® 3 © 3 ™ 2 ` + nbsp + ` 15 É 10 ´ 3 £ 6`
	german = `ü 320 ä 270 ö 150 ß 120 Ü 10 Ä 10 Ö 8 é 8 „ 10 “ 12 ” 6 – 15 € 10 ’ 5 § 8 » 3 « 3
		° 3 … 4 ` + nbsp + ` 10`
	nordic = `ä 250 ö 150 å 250 ø 180 æ 140 é 15 ü 5 ” 10 “ 4 ’ 5 – 10 € 5 ð 30 þ 30 ý 20 á 40 í 40
		ó 30 ú 15 § 3 ` + nbsp + ` 8`
	polish = `ę 150 ó 110 ą 130 ś 90 ł 210 ż 110 ć 50 ń 30 ź 10 „ 8 ” 8 – 8 § 4 ` + nbsp + ` 8`
	czech  = `í 190 á 150 é 90 ě 90 ý 70 ř 75 č 75 ž 70 š 55 ů 40 ú 15 ť 5 ň 5 ď 4 ó 4 ľ 15 ô 6
		ĺ 1 ŕ 1 ä 2 „ 6 “ 6 – 8 § 4 ` + nbsp + ` 8`
	hungarian = `á 300 é 320 ö 110 ó 90 ő 90 ü 60 í 60 ú 30 ű 25 – 8 „ 6 ” 6 ` + nbsp + ` 8`
	croatian  = `š 260 č 300 ž 210 ć 120 đ 70 – 8 „ 6 “ 6 ` + nbsp + ` 8`
	romanian  = `ă 300 î 130 ş 140 ţ 150 â 100 ș 10 ț 10 – 8 „ 6 ” 6 ` + nbsp + ` 8`
	turkish   = `ı 270 ş 110 ğ 70 ü 120 ö 60 ç 75 İ 20 â 3 – 5 ’ 8 “ 5 ” 5 ` + nbsp + ` 8`
	baltic    = `ā 180 ī 90 ē 80 š 100 ž 60 ū 60 ņ 20 ļ 20 ķ 10 ģ 8 č 40 ė 130 į 60 ų 110 ą 50 ę 20
		õ 30 ä 60 ö 25 ü 40 – 8 „ 6 “ 6 ` + nbsp + ` 8`

	// nbsp stands for U+00A0, which Go's own Fields would take for a separator.
	nbsp = "_"

	kana = "あいうえおかがきぎくぐけげこごさざしじすずせぜそぞただちっつづてでとどなにぬねのはばひびふぶへべほまみむめも" +
		"ゃやゅゆょよらりるれろわをんアイウェエオカガキクグケゲコサザシジスズセソタダチッツテデトドナニネノハバパヒビピフブプ" +
		"ベペホボポマミムメモャュョラリルレロワンー、。・「」"
	simplified = "的一是不了我有在人这中大为上个国以要他到们说和你地出道也时年得就那下能可会自着去之过家学对生多" +
		"小天里后么心样还没成只如事把方前想面意当见起手同行定无样所现本来已都请删除您好谢数据公司个信息" +
		"息客户服务邮件回复确认电话号码地址关于发送需要供提全部份副件账使用日月先女士敬祝顺法保护权利,。!"
	traditional = "的一是不了我有在人這中大為上個國以要他到們說和你地出道也時年得就那下能可會自著去之過家學對生多" +
		"小天裡後麼心樣還沒成只如事把方前想面意當見起手同行定無所現本來已都請刪除您好謝數據公司資料訊息" +
		"客戶服務郵件回覆確認電話號碼址關於發送需要供提全部份副件帳使用日月先女士敬祝順法保護權利,。!"
	hangul = "이다는에의을를가하고니요은로한도지사기서자해대정시어인아수그나일보라안주리면제있습게" +
		"부전들만것과합세감녕드바원신확청개모삭데터용문했된입까네여상동여분저당와계년월관"
)

// weights reads a table into logarithms of probabilities.
func weights(table string) map[rune]float64 {
	fields := strings.Fields(table)
	m := make(map[rune]float64, len(fields)/2)
	total := 0.0
	for i := 0; i+1 < len(fields); i += 2 {
		r := []rune(fields[i])[0]
		if fields[i] == nbsp {
			r = '\u00a0'
		}
		n, _ := strconv.ParseFloat(fields[i+1], 64) // TestFrequencyTables reads them all
		m[r] = n
		total += n
	}
	for r, n := range m {
		m[r] = math.Log(n / total)
	}
	return m
}
