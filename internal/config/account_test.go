package config_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/config"
)

func TestAccountsAndTheirTokens(t *testing.T) {
	for name, k := range map[string]struct{ from, to, want string }{
		"a token that is none":                 {"    token: \"\" ", "    token: exchnge\n    #", `mailboxes[0].token: "exchnge" is none of the tokens`},
		"a login without token":                {"    auth: password ", "    auth: oauthbearer #", "mailboxes[0].token: is missing"},
		"an unknown way to log in":             {"  auth: password  ", "  auth: kerberos #", "auth: is \"kerberos\""},
		"an endpoint in clear":                 {"endpoint: https://login", "endpoint: http://login", "tokens[0].endpoint: is no https URL"},
		"an unknown grant":                     {"grant: client_credentials", "grant: password", "tokens[0].grant: is \"password\""},
		"no refresh token":                     {"grant: client_credentials", "grant: refresh_token", "tokens[0].refresh_token_file: is missing"},
		"a resolver without port":              {"servers: []", "servers: [localhost]", "dns.servers[0]: \"localhost\" is no address"},
		"a listener without port":              {"listen: 127.0.0.1:8025", "listen: everywhere", "console.listen: \"everywhere\" is no address"},
		"pauses that shrink":                   {"longest: 70m", "longest: 1m", "smtp.retry: does not grow"},
		"no room for what tells letters apart": {"bounce: bounce@", "bounce: bounces-of-mail1@", "smtp.bounce: has 16 characters before the @"},
		"no room for a locator":                {"reply: ", "reply: " + strings.Repeat("a", 56) + "@provider.example #", "smtp.reply: has 56 characters"},
		"a cooling-off without an end":         {"cooling_off: 1d", "cooling_off: 31d", "policy.cooling_off: is out of range"},
		"a ladder that is far too long":        {"escalations: 1", "escalations: 6", "policy.escalations: is 6"},
	} {
		t.Run(name, func(t *testing.T) {
			file, text := example(t)
			if !strings.Contains(text, k.from) {
				t.Fatalf("the example no longer has %q", k.from)
			}
			text = strings.Replace(text, k.from, k.to, 1)
			if strings.Contains(k.to, "token:") {
				text = strings.Replace(text, "    auth: password ", "    auth: xoauth2 #", 1)
			}
			place(t, file, text)
			_, err := config.Load(file, nil)
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("got %v, want it to say %q", err, k.want)
			}
		})
	}
}

func TestTokensLogIn(t *testing.T) {
	file, text := example(t)
	text = strings.Replace(text, "    auth: password ", "    auth: xoauth2 #", 1)
	text = strings.Replace(text, `    token: ""  `, "    token: exchange #", 1)
	place(t, file, strings.Replace(text, "    password_file: secrets/imap-password", "", 1))
	c, err := config.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Mailboxes[0]; m.Token != "exchange" || !m.IdleOn() || !c.Console.HTTPOn() {
		t.Errorf("got %+v", m)
	}
}
