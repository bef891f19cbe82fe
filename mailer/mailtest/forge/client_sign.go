package forge

import (
	"fmt"
	"strings"
	"time"
)

// provider is who sends an answer on its way: how it signs and what stands above the mail
// when it arrives.
type provider struct {
	name  string
	keys  []Key
	sign  func(d *draft, p provider, raw []byte) []byte
	above func(d *draft, raw []byte) []byte // put on top after signing; nil for nothing but Received
}

// providers are those of a domain. Each domain that they name belongs to the admin's
// company or to the provider.
func providers(domain string) map[string]provider {
	google := NewKey(domain, "google", RSA2048)
	exchange := NewKey(domain, "selector1", RSA1024)
	onmicrosoft := NewKey("acmegmbh.onmicrosoft.example", "selector1-acmegmbh", RSA1024)
	small := NewKey(domain, "mail", RSA1024)
	modern := NewKey(domain, "ed", Ed25519)
	modernRSA := NewKey(domain, "rsa", RSA1024)
	relay := NewKey("relay.example", "r1", RSA1024)
	proton := NewKey(domain, "protonmail", RSA1024)
	list := []provider{
		{name: "google", keys: []Key{google}, sign: oversigned(gmailFields), above: googleTop},
		{name: "exchange", keys: []Key{exchange}, sign: signed(exchangeFields), above: exchangeTop},
		{name: "exchange twice", keys: []Key{exchange, onmicrosoft}, sign: signed(exchangeFields),
			above: exchangeTop},
		{name: "icloud", keys: []Key{small}, sign: signed(appleFields), above: plainTop},
		{name: "rspamd", keys: []Key{modernRSA}, sign: oversigned(rspamdFields), above: plainTop},
		{name: "exim", keys: []Key{small}, sign: exim, above: plainTop},
		{name: "both algorithms", keys: []Key{modernRSA, modern}, sign: signed(rspamdFields), above: plainTop},
		{name: "relay", keys: []Key{relay, small}, sign: signed(Fields), above: gatewayTop},
		{name: "proton", keys: []Key{proton}, sign: protonSigns, above: plainTop},
		{name: "gmx", keys: []Key{modernRSA}, sign: gmxSigns, above: plainTop},
	}
	out := map[string]provider{}
	for _, p := range list {
		out[p.name] = p
	}
	return out
}

// What they sign, in the order in which they write it.
const (
	gmailFields = "to:subject:message-id:date:from:references:in-reply-to:mime-version:" +
		"from:to:cc:subject:date:message-id:reply-to"
	exchangeFields = "From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck"
	appleFields    = "From:Content-Type:Mime-Version:Subject:Message-Id:To:Date:x-icloud-hme"
	rspamdFields   = "from:from:reply-to:subject:subject:date:date:message-id:message-id:to:to:cc:" +
		"mime-version:mime-version:content-type:content-type:in-reply-to:in-reply-to:references:references"
	protonFields = "Date:To:From:Subject:Message-ID:In-Reply-To:References:Feedback-ID:From:To:Cc:Date:" +
		"Subject:Reply-To:Feedback-ID:Message-ID:BIMI-Selector"
	gmxFields = "X-UI-Sender-Class:MIME-Version:Message-ID:From:To:Subject:Content-Type:Date:cc:" +
		"content-transfer-encoding:content-type:date:from:message-id:mime-version:reply-to:subject:to"
)

// signed signs with each key in turn, the last one on top.
func signed(fields string) func(*draft, provider, []byte) []byte {
	return func(d *draft, p provider, raw []byte) []byte {
		for _, k := range p.keys {
			raw = Sign(raw, Signing{Key: k, Fields: fields, At: d.Now})
		}
		return raw
	}
}

// oversigned has an end as well.
func oversigned(fields string) func(*draft, provider, []byte) []byte {
	return func(d *draft, p provider, raw []byte) []byte {
		for _, k := range p.keys {
			raw = Sign(raw, Signing{Key: k, Fields: fields, At: d.Now, Expires: d.Now.Add(7 * 24 * time.Hour)})
		}
		return raw
	}
}

// exim names fields that the mail does not have, and signs the body to the byte.
func exim(d *draft, p provider, raw []byte) []byte {
	return Sign(raw, Signing{Key: p.keys[0], Canon: "relaxed/simple",
		Fields: "Content-Type:In-Reply-To:References:To:From:Subject:Message-ID:Date:MIME-Version:" +
			"Sender:Reply-To:Cc:Content-Transfer-Encoding:Content-ID:Content-Description"})
}

func protonSigns(d *draft, p provider, raw []byte) []byte {
	return Sign(raw, Signing{Key: p.keys[0], Fields: protonFields, At: d.Now,
		Expires: d.Now.Add(3 * 24 * time.Hour)})
}

func gmxSigns(d *draft, p provider, raw []byte) []byte {
	raw = append([]byte("X-UI-Sender-Class: 55c96926-9e95-11ee-ae09-1f7a4046a0f6\r\n"), raw...)
	return Sign(raw, Signing{Key: p.keys[0], Fields: gmxFields, At: d.Now,
		Expires: d.Now.Add(7 * 24 * time.Hour), More: "i=" + d.Admin})
}

// received is a hop.
func (d *draft) received(from, by string, late int) string {
	at := d.Now.Add(time.Duration(late) * time.Second).Format(time.RFC1123Z)
	return fmt.Sprintf("Received: from %s (%s [203.0.113.%d])\n\tby %s (Postfix) with ESMTPS id %s\n\t"+
		"for <%s>; %s", from, from, d.n%250, by, strings.ToUpper(d.chance(9)), d.ReplyTo, at)
}

// top puts lines above a mail.
func top(raw []byte, lines ...string) []byte {
	head := strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\r\n") + "\r\n"
	return append([]byte(head), raw...)
}

func (d *draft) arrival() []string {
	return []string{"Return-Path: <" + d.Admin + ">", "Delivered-To: " + d.ReplyTo,
		d.received("out."+Domain(d.Admin), "mx."+Domain(d.Desk), 3)}
}

func plainTop(d *draft, raw []byte) []byte {
	return top(raw, append(d.arrival(), d.received("[192.0.2.7]", "out."+Domain(d.Admin), 1))...)
}

func googleTop(d *draft, raw []byte) []byte {
	return top(raw, append(d.arrival(), "X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"+
		"        d=1e100.net; s=20230601; t=1;\n        bh="+d.chance(43)+"=; b="+d.chance(60),
		"X-Gm-Message-State: AOJu0Y"+d.chance(60), "X-Google-Smtp-Source: AGHT+I"+d.chance(60),
		"X-Received: by 2002:a17:907:9612:b0:b04 with SMTP id gb18-2002;\n        "+
			d.Now.Format(time.RFC1123Z))...)
}

// exchangeTop has a chain of seals (RFC 8617), which prove nothing here.
func exchangeTop(d *draft, raw []byte) []byte {
	domain := Domain(d.Admin)
	return top(raw, append(d.arrival(),
		"ARC-Seal: i=1; a=rsa-sha256; s=arcselector10001; d=microsoft.example; cv=none;\n b="+d.chance(60),
		"ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=microsoft.example;\n"+
			" s=arcselector10001;\n h=From:Date:Subject:Message-ID:Content-Type:MIME-Version;\n bh="+
			d.chance(43)+"=;\n b="+d.chance(60),
		"ARC-Authentication-Results: i=1; mx.microsoft.example 1; spf=pass\n smtp.mailfrom="+domain+
			"; dmarc=pass action=none header.from="+domain+"; dkim=pass\n header.d="+domain+"; arc=none")...)
}

// gatewayTop is a filter between the company and the world.
func gatewayTop(d *draft, raw []byte) []byte {
	return top(raw, append(d.arrival(), "X-Proofpoint-Virus-Version: vendor=baseguard\n"+
		" engine=ICAP:2.0.293,Aquarius:18.0.1121 definitions=2026-11-02_04,2026-10-31_01",
		"X-Proofpoint-Spam-Details: rule=outbound_notspam policy=outbound score=0 mlxscore=0\n"+
			" classifier=spam adjust=0 reason=mlx scancount=1", "X-MC-Unique: "+d.chance(22)+"-1",
		"X-Mimecast-MFC-AGG-ID: "+d.chance(22))...)
}
