package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alicebob/miniredis/v2"

	"github.com/dsrd/dsrd/workflow"
)

// stored: stored REGEXP says that Redis holds something that matches; with "!" in
// front, that nothing in it does, in whichever key or value.
func (p *play) stored(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	pattern, err := regexp.Compile(args[0])
	if err != nil {
		return err
	}
	if !pattern.MatchString(everything(p.Redis)) {
		return fmt.Errorf("redis holds nothing like %s", args[0])
	}
	return nil
}

// everything in Redis, as one text.
func everything(m *miniredis.Miniredis) string {
	var b strings.Builder
	say := func(words ...string) {
		for _, w := range words {
			b.WriteString(w + "\n")
		}
	}
	for _, k := range m.Keys() {
		say(k)
		switch m.Type(k) {
		case "string":
			v, _ := m.Get(k)
			say(v)
		case "list":
			v, _ := m.List(k)
			say(v...)
		case "set":
			v, _ := m.SMembers(k)
			say(v...)
		case "zset":
			v, _ := m.ZMembers(k)
			say(v...)
		case "hash":
			fields, _ := m.HKeys(k)
			for _, f := range fields {
				say(f, m.HGet(k, f))
			}
		}
	}
	return b.String()
}

// kept [of CUSTOMER[:RIGHT]]: the bytes of the request's package are there.
func (p *play) kept(_ bool, args []string) error {
	r, rest, err := p.request(args)
	if err != nil {
		return err
	}
	if err := arity(rest, 0, 0); err != nil {
		return err
	}
	if r.Package == nil {
		return errors.New("there is no package")
	}
	blob, _, err := p.ledger.Open(p.ctx, r.ID, r.Package.Blob)
	if errors.Is(err, workflow.NotFound) {
		return errors.New("the package is gone")
	}
	if err != nil {
		return err
	}
	return blob.Close()
}

// secretsStayOut: no code, no passphrase and nothing of the customers' data stands
// in Redis as it is.
func (p *play) secretsStayOut() error {
	text := everything(p.Redis)
	for _, secret := range append(p.codes(), "+49 30 901820", "colleague@partner.example") {
		if strings.Contains(text, secret) || strings.Contains(text, strings.ReplaceAll(secret, "-", "")) {
			return errors.New("redis holds a secret as it is")
		}
	}
	return nil
}
