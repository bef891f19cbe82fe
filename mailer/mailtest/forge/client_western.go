package forge

// western are the languages of western Europe. Every sentence here was made up.
var western = []tongue{{
	code: "en", name: "Anna Admin", old: "us-ascii", reply: "RE: ", orig: "Original Message",
	confirm: []string{
		"CONFIRM", "Confirm", "confirm", "Confirmed", "Confirmed.", "I confirm", "I confirm.",
		"Yes, I confirm.", "Yes, confirmed.", "CONFIRM.", "“CONFIRM”", "\"CONFIRM\"", "*CONFIRM*",
		"Confirmed, thanks!", "Confirm 👍", "Approved", "Hereby confirmed.", "I hereby confirm.",
		"Yes - confirm", "CONFIRM!", "'Confirm'", "Confirmed. Please go ahead.", "Confirm, thank you",
	},
	reject: []string{
		"REJECT", "Reject", "reject.", "Rejected.", "I reject this request.", "“REJECT”",
		"We reject this.", "No.", "No, please do not send anything.", "REJECT, this is a fraud.",
	},
	hello: []string{"Hi,", "Hello,", "Dear all,", "Good morning,", "Hi there,"},
	bye:   []string{"Best regards,", "Kind regards", "Thanks,", "Regards,", "Many thanks"},
	months: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec January February March April May " +
		"June July August September October November December",
	days:  "Sun Mon Tue Wed Thu Fri Sat Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
	gmail: "On {a}, {b} {D}, {Y} at {T} {who} wrote:", apple: "On {D} {b} {Y}, at {t}, {who} wrote:",
	bird: "On {DD}/{MM}/{Y} {t}, {who} wrote:", labels: "From|Sent|To|Subject",
	iphone: "Sent from my iPhone", android: "Sent from my Galaxy", outlook: "Get Outlook for iOS",
	lawyer: "This e-mail and any attachments are confidential and may be privileged. If you are " +
		"not the intended recipient, you must not read, copy or use it, and should delete it.",
	banner: "CAUTION: This email originated from outside of the organization. Do not click links " +
		"or open attachments unless you recognize the sender.",
}, {
	code: "de", name: "Änne Größer", old: "iso-8859-1", reply: "AW: ", orig: "Ursprüngliche Nachricht",
	confirm: []string{
		"BESTÄTIGEN", "Bestätigen", "bestätigt", "Bestätigt.", "Ich bestätige.", "Hiermit bestätigt.",
		"Ja, bestätigt.", "„BESTÄTIGEN“", "Bestätige", "Ja, ich bestätige.", "BESTAETIGEN", "CONFIRM",
		"Hiermit bestätige ich die Anfrage.", "Bestätigt, danke!", "\"BESTÄTIGEN\"",
	},
	reject: []string{
		"ABLEHNEN", "Ablehnen", "abgelehnt", "Abgelehnt.", "Ich lehne ab.", "„ABLEHNEN“",
		"Nein, bitte nichts senden.", "Das lehnen wir ab.",
	},
	hello: []string{"Hallo,", "Guten Tag,", "Sehr geehrte Damen und Herren,", "Moin,"},
	bye:   []string{"Mit freundlichen Grüßen", "Viele Grüße", "Beste Grüße,", "MfG", "LG"},
	months: "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez. Januar Februar März April " +
		"Mai Juni Juli August September Oktober November Dezember",
	days:  "So. Mo. Di. Mi. Do. Fr. Sa. Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
	gmail: "Am {a}, {D}. {b} {Y} um {t} Uhr schrieb {who}:", apple: "Am {DD}.{MM}.{Y} um {t} schrieb {who}:",
	bird: "Am {DD}.{MM}.{y} um {t} schrieb {who}:", labels: "Von|Gesendet|An|Betreff",
	iphone: "Von meinem iPhone gesendet", android: "Von meinem Galaxy gesendet",
	outlook: "Outlook für iOS beziehen",
	lawyer: "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat " +
		"sind, informieren Sie bitte den Absender und löschen Sie diese Mail.",
	banner: "ACHTUNG: Diese E-Mail kommt von außerhalb der Organisation. Klicken Sie nicht auf " +
		"Links und öffnen Sie keine Anhänge, wenn Sie den Absender nicht kennen.",
}, {
	code: "fr", name: "Hélène Gérard", old: "iso-8859-15", reply: "RE: ", orig: "Message d'origine",
	confirm: []string{"CONFIRMER", "Je confirme", "Je confirme.", "confirmé", "Confirmé.", "Oui, je confirme.",
		"« CONFIRMER »", "Je vous confirme.", "CONFIRM", "Oui, je vous le confirme. Merci"},
	reject: []string{"REFUSER", "Je refuse.", "Refusé", "Non.", "Non, je refuse cette demande."},
	hello:  []string{"Bonjour,", "Bonjour Madame, Monsieur,", "Bonsoir,"},
	bye:    []string{"Cordialement,", "Bien cordialement", "Merci d'avance", "Bien à vous"},
	months: "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc. janvier février mars " +
		"avril mai juin juillet août septembre octobre novembre décembre",
	days:  "dim. lun. mar. mer. jeu. ven. sam. dimanche lundi mardi mercredi jeudi vendredi samedi",
	gmail: "Le {a} {D} {b} {Y} à {t}, {who} a écrit :", apple: "Le {D} {b} {Y} à {t}, {who} a écrit :",
	bird: "Le {DD}/{MM}/{Y} à {t}, {who} a écrit :", labels: "De|Envoyé|À|Objet",
	iphone: "Envoyé de mon iPhone", android: "Envoyé depuis mon Galaxy",
	outlook: "Obtenir Outlook pour iOS",
	lawyer: "Ce message et ses pièces jointes sont confidentiels et destinés à leurs seuls " +
		"destinataires. Si vous n'êtes pas le destinataire, merci de le détruire.",
	banner: "ATTENTION : cet e-mail provient de l'extérieur. Ne cliquez pas sur les liens.",
}, {
	code: "es", name: "José Núñez", old: "iso-8859-1", reply: "RE: ", orig: "Mensaje original",
	confirm: []string{"CONFIRMAR", "Confirmo", "Confirmo.", "Confirmado.", "Sí, confirmo.", "Lo confirmo.",
		"CONFIRM", "Confirmado, gracias."},
	reject: []string{"RECHAZAR", "Rechazo", "Rechazado.", "No.", "No, rechazo la solicitud."},
	hello:  []string{"Hola:", "Buenos días,", "Estimados señores:"},
	bye:    []string{"Saludos,", "Un saludo", "Gracias", "Atentamente,"},
	months: "ene feb mar abr may jun jul ago sept oct nov dic enero febrero marzo abril mayo junio " +
		"julio agosto septiembre octubre noviembre diciembre",
	days:  "dom lun mar mié jue vie sáb domingo lunes martes miércoles jueves viernes sábado",
	gmail: "El {a}, {D} {b} {Y} a las {t}, {who} escribió:", apple: "El {D} {b} {Y}, a las {t}, {who} escribió:",
	bird: "El {D}/{M}/{y} a las {t}, {who} escribió:", labels: "De|Enviado|Para|Asunto",
	iphone: "Enviado desde mi iPhone", android: "Enviado desde mi Galaxy",
	outlook: "Obtener Outlook para iOS",
	lawyer: "Este mensaje y sus adjuntos son confidenciales. Si usted no es el destinatario, le " +
		"rogamos que lo comunique al remitente y lo elimine.",
	banner: "PRECAUCIÓN: este correo viene de fuera de la organización.",
}, {
	code: "it", name: "Niccolò Carrà", old: "iso-8859-1", reply: "R: ", orig: "Messaggio originale",
	confirm: []string{"CONFERMARE", "Confermo", "Confermo.", "Confermato.", "Sì, confermo.", "CONFERMA",
		"CONFIRM", "Lo confermo, grazie."},
	reject: []string{"RIFIUTARE", "Rifiuto", "Rifiutato.", "No.", "No, rifiuto la richiesta."},
	hello:  []string{"Buongiorno,", "Salve,", "Gentili signori,"},
	bye:    []string{"Cordiali saluti", "Saluti,", "Grazie", "Distinti saluti,"},
	months: "gen feb mar apr mag giu lug ago set ott nov dic gennaio febbraio marzo aprile maggio " +
		"giugno luglio agosto settembre ottobre novembre dicembre",
	days:  "dom lun mar mer gio ven sab domenica lunedì martedì mercoledì giovedì venerdì sabato",
	gmail: "Il giorno {a} {D} {b} {Y} alle ore {t} {who} ha scritto:",
	apple: "Il giorno {D} {b} {Y}, alle ore {t}, {who} ha scritto:",
	bird:  "Il {DD}/{MM}/{Y} {t}, {who} ha scritto:", labels: "Da|Inviato|A|Oggetto",
	iphone: "Inviato da iPhone", android: "Inviato dal mio Galaxy", outlook: "Scarica Outlook per iOS",
	lawyer: "Questo messaggio è riservato. Se non siete il destinatario, vi preghiamo di " +
		"cancellarlo e di avvisare il mittente.",
	banner: "ATTENZIONE: questa e-mail proviene dall'esterno dell'organizzazione.",
}, {
	code: "nl", name: "Chloë van der Aa", old: "iso-8859-15", reply: "RE: ", orig: "Oorspronkelijk bericht",
	confirm: []string{"BEVESTIGEN", "Bevestigd", "Bevestigd.", "Ik bevestig.", "Ja, ik bevestig dit.",
		"Hierbij bevestig ik.", "CONFIRM", "Akkoord."},
	reject: []string{"WEIGEREN", "Geweigerd.", "Ik weiger.", "Nee.", "Nee, niet versturen."},
	hello:  []string{"Hallo,", "Beste,", "Goedemorgen,"},
	bye:    []string{"Met vriendelijke groet,", "Groeten,", "Mvg,", "Bedankt"},
	months: "jan feb mrt apr mei jun jul aug sep okt nov dec januari februari maart april mei juni " +
		"juli augustus september oktober november december",
	days:  "zo ma di wo do vr za zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
	gmail: "Op {a} {D} {b} {Y} om {t} schreef {who}:",
	apple: "Op {D} {b} {Y}, om {t} heeft {who} het volgende geschreven:",
	bird:  "Op {DD}-{MM}-{Y} om {t} schreef {who}:", labels: "Van|Verzonden|Aan|Onderwerp",
	iphone: "Verstuurd vanaf mijn iPhone", android: "Verzonden vanaf mijn Galaxy",
	outlook: "Outlook voor iOS downloaden",
	lawyer: "Dit bericht is vertrouwelijk. Als u niet de beoogde ontvanger bent, verzoeken wij u " +
		"dit bericht te verwijderen.",
	banner: "LET OP: deze e-mail komt van buiten de organisatie.",
}, {
	code: "pt", name: "João Simões", old: "iso-8859-1", reply: "RE: ", orig: "Mensagem original",
	confirm: []string{"CONFIRMAR", "Confirmo", "Confirmo.", "Confirmado.", "Sim, confirmo.", "CONFIRM",
		"Confirmo o pedido."},
	reject: []string{"REJEITAR", "Rejeito", "Rejeitado.", "Não.", "Não, recuso o pedido."},
	hello:  []string{"Olá,", "Bom dia,", "Boa tarde,"},
	bye:    []string{"Cumprimentos,", "Obrigado", "Atenciosamente,", "Melhores cumprimentos"},
	months: "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez. janeiro fevereiro março " +
		"abril maio junho julho agosto setembro outubro novembro dezembro",
	days: "dom. seg. ter. qua. qui. sex. sáb. domingo segunda-feira terça-feira quarta-feira " +
		"quinta-feira sexta-feira sábado",
	gmail: "Em {a}, {D} de {b} de {Y} às {t}, {who} escreveu:",
	apple: "No dia {D} de {b} de {Y}, às {t}, {who} escreveu:",
	bird:  "Em {DD}/{MM}/{Y} {t}, {who} escreveu:", labels: "De|Enviado|Para|Assunto",
	iphone: "Enviado do meu iPhone", android: "Enviado do meu Galaxy",
	outlook: "Obter o Outlook para iOS",
	lawyer: "Esta mensagem contém informação privilegiada. Se não é o destinatário, por favor apague-a e avise o " +
		"remetente.",
	banner: "ATENÇÃO: este e-mail vem de fora da organização.",
}, {
	code: "sv", name: "Åsa Öberg", old: "iso-8859-1", reply: "SV: ", orig: "Ursprungligt meddelande",
	confirm: []string{"BEKRÄFTA", "Bekräftar", "Bekräftat.", "Jag bekräftar.", "Ja, jag bekräftar.",
		"CONFIRM", "Härmed bekräftas."},
	reject: []string{"AVSLÅ", "Avslås.", "Jag avslår.", "Nej.", "Nej, skicka inget."},
	hello:  []string{"Hej,", "Hej!", "God morgon,"},
	bye:    []string{"Med vänliga hälsningar", "Vänliga hälsningar,", "Mvh", "Tack"},
	months: "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec. januari februari mars april " +
		"maj juni juli augusti september oktober november december",
	days:  "sön mån tis ons tors fre lör söndag måndag tisdag onsdag torsdag fredag lördag",
	gmail: "Den {a} {D} {b} {Y} kl {t} skrev {who}:", apple: "{D} {b} {Y} kl. {t} skrev {who}:",
	bird: "Den {Y}-{MM}-{DD} kl. {t}, skrev {who}:", labels: "Från|Skickat|Till|Ämne",
	iphone: "Skickat från min iPhone", android: "Skickat från min Galaxy",
	outlook: "Skaffa Outlook för iOS",
	lawyer: "Detta meddelande är konfidentiellt. Om du inte är rätt mottagare, radera det och " +
		"meddela avsändaren.",
	banner: "VARNING: Detta e-postmeddelande kommer från en extern avsändare.",
}, {
	code: "da", name: "Søren Ærø", old: "iso-8859-1", reply: "SV: ", orig: "Oprindelig meddelelse",
	confirm: []string{"BEKRÆFT", "Bekræftet", "Bekræftet.", "Jeg bekræfter.", "Ja, jeg bekræfter.",
		"CONFIRM", "Hermed bekræftet."},
	reject: []string{"AFVIS", "Afvist.", "Jeg afviser.", "Nej.", "Nej, send ikke noget."},
	hello:  []string{"Hej,", "Hej", "Godmorgen,"},
	bye:    []string{"Med venlig hilsen", "Venlig hilsen,", "Mvh", "Tak"},
	months: "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec. januar februar marts april " +
		"maj juni juli august september oktober november december",
	days:  "søn. man. tirs. ons. tors. fre. lør. søndag mandag tirsdag onsdag torsdag fredag lørdag",
	gmail: "Den {a} {D}. {b} {Y} kl. {t} skrev {who}:", apple: "Den {D}. {b} {Y} kl. {t} skrev {who}:",
	bird: "Den {DD}.{MM}.{Y} kl. {t} skrev {who}:", labels: "Fra|Sendt|Til|Emne",
	iphone: "Sendt fra min iPhone", android: "Sendt fra min Galaxy",
	outlook: "Hent Outlook til iOS",
	lawyer: "Denne meddelelse er fortrolig. Hvis du ikke er den rette modtager, bedes du slette " +
		"den.",
	banner: "ADVARSEL: Denne e-mail kommer fra en ekstern afsender.",
}}
