package config

import (
	"fmt"
	"net/url"
	"slices"
)

// Token is an account at an OAuth 2 provider; mailboxes and smtp name it.
type Token struct {
	Name         string `yaml:"name"`
	Grant        string `yaml:"grant"`
	Endpoint     string `yaml:"endpoint"`
	ClientID     string `yaml:"client_id"`
	SecretFile   string `yaml:"secret_file"`
	Scope        string `yaml:"scope"`
	RefreshToken string `yaml:"refresh_token_file"`
	CAFile       string `yaml:"ca_file"`

	Secret Secret `yaml:"-"`
}

// The grants of RFC 6749 that a daemon without a browser can use.
const (
	GrantClient  = "client_credentials" // section 4.4
	GrantRefresh = "refresh_token"      // section 6
)

func (t *Token) complete(dir string) {
	t.Secret, t.CAFile = secret(dir, t.SecretFile), path(dir, t.CAFile)
	t.RefreshToken = path(dir, t.RefreshToken)
}

func (k *checker) token(key string, t Token, before []Token) {
	if k.need(key+".name", t.Name, "a short word; mailboxes and smtp name it") {
		if slices.ContainsFunc(before, func(b Token) bool { return b.Name == t.Name }) {
			k.add(key+".name", "", fmt.Sprintf("%q is used twice", t.Name), "give each account its own name")
		}
	}
	k.oneOf(key+".grant", t.Grant, GrantClient, GrantRefresh)
	if k.need(key+".endpoint", t.Endpoint, "the token endpoint of the provider, https://...") {
		if u, err := url.Parse(t.Endpoint); err != nil || u.Scheme != "https" || u.Host == "" {
			k.add(key+".endpoint", "", "is no https URL", "secrets travel to it: write https://...")
		}
	}
	k.need(key+".client_id", t.ClientID, "the application's id at the provider")
	k.secret(key+".secret_file", t.Secret)
	switch t.Grant {
	case GrantClient:
		k.need(key+".secret_file", t.SecretFile, "the path of a file with it, or ${VARIABLE}")
	case GrantRefresh:
		if k.need(key+".refresh_token_file", t.RefreshToken,
			"a file with the refresh token that the provider gave; a newer one is kept in Redis") {
			k.readable(key+".refresh_token_file", t.RefreshToken)
		}
	}
	k.readable(key+".ca_file", t.CAFile)
}

// account checks how an account is logged in to: by a password or by a token.
func (k *checker) account(key, auth, user, token string, password Secret, tokens []Token) {
	k.oneOf(key+".auth", auth, "password", "xoauth2", "oauthbearer")
	if auth == "password" {
		k.login(key+".password_file", user, password)
		if token != "" {
			k.add(key+".token", "", "is not used with a password", "write auth: xoauth2 or oauthbearer, or take it out")
		}
		return
	}
	k.need(key+".user", user, "the account that the token is for")
	if !k.need(key+".token", token, "the name of one of the tokens") {
		return
	}
	if !slices.ContainsFunc(tokens, func(t Token) bool { return t.Name == token }) {
		k.add(key+".token", "", fmt.Sprintf("%q is none of the tokens", token), "name one of them, or add it to tokens")
	}
}
