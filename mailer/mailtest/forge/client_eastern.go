package forge

// eastern are the languages of eastern Europe and of Asia. Every sentence here was made up.
var eastern = []tongue{{
	code: "pl", name: "Łukasz Żak", old: "iso-8859-2", reply: "Odp.: ", orig: "Wiadomość oryginalna",
	confirm: []string{"POTWIERDZAM", "Potwierdzam", "Potwierdzam.", "Tak, potwierdzam.", "Potwierdzone.",
		"CONFIRM", "Niniejszym potwierdzam."},
	reject: []string{"ODRZUCAM", "Odrzucam.", "Odrzucono", "Nie.", "Nie, proszę nic nie wysyłać."},
	hello:  []string{"Dzień dobry,", "Witam,", "Szanowni Państwo,"},
	bye:    []string{"Pozdrawiam", "Z poważaniem,", "Dziękuję", "Pozdrawiam serdecznie,"},
	months: "sty lut mar kwi maj cze lip sie wrz paź lis gru stycznia lutego marca kwietnia maja " +
		"czerwca lipca sierpnia września października listopada grudnia",
	days:  "niedz. pon. wt. śr. czw. pt. sob. niedziela poniedziałek wtorek środa czwartek piątek sobota",
	gmail: "{a}, {D} {b} {Y} o {t} {who} napisał(a):",
	apple: "Wiadomość napisana przez {who} w dniu {D} {b} {Y}, o godz. {t}:",
	bird:  "W dniu {DD}.{MM}.{Y} o {t}, {who} pisze:", labels: "Od|Wysłano|Do|Temat",
	iphone: "Wysłane z iPhone’a", android: "Wysłano z Galaxy", outlook: "Pobierz program Outlook dla systemu iOS",
	lawyer: "Ta wiadomość jest poufna. Jeżeli nie jest Pan/Pani jej adresatem, prosimy o jej " +
		"usunięcie i powiadomienie nadawcy.",
	banner: "UWAGA: ta wiadomość pochodzi spoza organizacji.",
}, {
	code: "cs", name: "Jiří Dvořák", old: "iso-8859-2", reply: "RE: ", orig: "Původní zpráva",
	confirm: []string{"POTVRDIT", "Potvrzuji", "Potvrzuji.", "Ano, potvrzuji.", "Potvrzeno.", "CONFIRM"},
	reject:  []string{"ODMÍTNOUT", "Odmítám.", "Odmítnuto", "Ne.", "Ne, nic neposílejte."},
	hello:   []string{"Dobrý den,", "Ahoj,", "Vážení,"},
	bye:     []string{"S pozdravem", "Děkuji", "S přáním hezkého dne", "Zdravím,"},
	months: "led úno bře dub kvě čvn čvc srp zář říj lis pro ledna února března dubna května června " +
		"července srpna září října listopadu prosince",
	days:  "ne po út st čt pá so neděle pondělí úterý středa čtvrtek pátek sobota",
	gmail: "{a} {D}. {M}. {Y} v {t} odesílatel {who} napsal:", apple: "{D}. {M}. {Y} v {t}, {who}:",
	bird: "Dne {DD}. {MM}. {y} v {t} {who} napsal(a):", labels: "Od|Odesláno|Komu|Předmět",
	iphone: "Odesláno z iPhonu", android: "Odesláno z mého telefonu Galaxy",
	outlook: "Získat Outlook pro iOS",
	lawyer: "Tato zpráva je důvěrná. Pokud jste ji dostali omylem, prosíme, smažte ji a " +
		"dejte vědět, kdo ji poslal.",
	banner: "UPOZORNĚNÍ: Tento e-mail pochází od externího odesílatele.",
}, {
	code: "ru", name: "Анна Админова", old: "koi8-r", reply: "RE: ", orig: "Исходное сообщение",
	confirm: []string{"ПОДТВЕРДИТЬ", "Подтверждаю", "Подтверждаю.", "Да, подтверждаю.", "Подтверждено.",
		"CONFIRM"},
	reject: []string{"ОТКЛОНИТЬ", "Отклоняю.", "Отклонено", "Нет.", "Нет, ничего не отправляйте."},
	hello:  []string{"Здравствуйте!", "Добрый день,", "Здравствуйте,"},
	bye:    []string{"С уважением,", "Спасибо", "С наилучшими пожеланиями,"},
	months: "янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек. января февраля марта " +
		"апреля мая июня июля августа сентября октября ноября декабря",
	days:  "вс пн вт ср чт пт сб воскресенье понедельник вторник среда четверг пятница суббота",
	gmail: "{a}, {D} {b} {Y} г. в {t}, {who}:", apple: "{D} {b} {Y} г., в {t}, {who} написал(а):",
	bird: "{DD}.{MM}.{Y} {t}, {who} пишет:", labels: "От|Отправлено|Кому|Тема",
	iphone: "Отправлено с iPhone", android: "Отправлено с Galaxy", outlook: "Получить Outlook для iOS",
	lawyer: "Это сообщение конфиденциально. Если вы не являетесь его адресатом, пожалуйста, " +
		"удалите его и сообщите отправителю.",
	banner: "ВНИМАНИЕ: это письмо пришло от внешнего отправителя.",
}, {
	code: "tr", name: "Ayşe Yıldız", old: "iso-8859-9", reply: "Ynt: ", orig: "Orijinal Mesaj",
	confirm: []string{"ONAYLA", "Onaylıyorum", "Onaylıyorum.", "Evet, onaylıyorum.", "Onaylandı.", "CONFIRM"},
	reject:  []string{"REDDET", "Reddediyorum.", "Reddedildi", "Hayır.", "Hayır, göndermeyin."},
	hello:   []string{"Merhaba,", "İyi günler,", "Sayın yetkili,"},
	bye:     []string{"Saygılarımla,", "Teşekkürler", "İyi çalışmalar"},
	months: "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara Ocak Şubat Mart Nisan Mayıs Haziran " +
		"Temmuz Ağustos Eylül Ekim Kasım Aralık",
	days:  "Paz Pzt Sal Çar Per Cum Cmt Pazar Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi",
	gmail: "{who}, {D} {b} {Y} {a}, {t} tarihinde şunu yazdı:",
	apple: "{who} şunları yazdı ({D} {b} {Y} {t}):", bird: "On {D}.{MM}.{Y} {t}, {who} wrote:",
	labels: "Kimden|Gönderildi|Kime|Konu", iphone: "iPhone’umdan gönderildi",
	android: "Galaxy cihazımdan gönderildi", outlook: "iOS için Outlook’u edinin",
	lawyer: "Bu e-posta gizlidir. Alıcısı değilseniz lütfen siliniz ve göndereni bilgilendiriniz.",
	banner: "DİKKAT: Bu e-posta kuruluş dışından gelmiştir.",
}, {
	code: "ja", name: "山田 花子", old: "iso-2022-jp", reply: "RE: ", orig: "元のメッセージ",
	confirm: []string{"承認", "承認します", "承認します。", "はい、承認します。", "承認いたします。", "CONFIRM"},
	reject:  []string{"拒否", "拒否します。", "却下します", "いいえ。", "いいえ、送信しないでください。"},
	hello:   []string{"お世話になっております。", "ご担当者様"},
	bye:     []string{"よろしくお願いいたします。", "以上、よろしくお願いします。"},
	months: "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月 1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 " +
		"11月 12月",
	days:  "日 月 火 水 木 金 土 日曜日 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日",
	gmail: "{Y}年{M}月{D}日({a}) {t} {who}:", apple: "{Y}/{MM}/{DD} {t}、{who}のメール:",
	bird: "On {Y}/{MM}/{DD} {t}, {who} wrote:", labels: "差出人|送信日時|宛先|件名",
	iphone: "iPhoneから送信", android: "Galaxyから送信", outlook: "iOS 版 Outlook を入手",
	lawyer: "本メールには機密情報が含まれている場合があります。宛先に心当たりのない方は、" +
		"お手数ですが削除してくださいますようお願いいたします。",
	banner: "注意: このメールは組織外から送信されました。",
}, {
	code: "zh", name: "王芳", old: "gb18030", reply: "回复: ", orig: "原始邮件",
	confirm: []string{"确认", "我确认", "确认。", "是的，我确认。", "CONFIRM"},
	reject:  []string{"拒绝", "拒绝。", "我拒绝。", "请不要发送。"},
	hello:   []string{"您好，", "你好！"},
	bye:     []string{"谢谢", "此致", "祝好"},
	months: "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月 1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 " +
		"11月 12月",
	days:  "周日 周一 周二 周三 周四 周五 周六 星期日 星期一 星期二 星期三 星期四 星期五 星期六",
	gmail: "{who} 于{Y}年{M}月{D}日{a} {t}写道：", apple: "在 {Y}年{M}月{D}日，{t}，{who} 写道：",
	bird: "在 {Y}/{M}/{D} {t}, {who} 写道:", labels: "发件人|发送时间|收件人|主题",
	iphone: "发自我的iPhone", android: "发自我的 Galaxy", outlook: "获取 Outlook for iOS",
	lawyer: "本邮件内容仅供收件人阅读，若您误收本邮件，请立即删除并通知发件人。谢谢您的配合与理解。",
	banner: "注意：此邮件来自外部发件人。",
}}
