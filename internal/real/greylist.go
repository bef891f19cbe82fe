package real

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"

	"github.com/dsrd/dsrd/internal/child"
)

// Greylist is a policy service for Postfix (SMTPD_POLICY_README). Of each pair of sender and recipient
// it refuses the first mail for now at RCPT, the second after the final dot, and none later.
type Greylist struct {
	Port int

	listener net.Listener
	mu       sync.Mutex
	seen     map[string]int
}

func startGreylist() (*Greylist, error) {
	g := &Greylist{seen: map[string]int{}}
	if err := freePorts(&g.Port); err != nil {
		return nil, err
	}
	var err error
	if g.listener, err = net.Listen("tcp", child.Loopback(g.Port)); err != nil {
		return nil, fmt.Errorf("start a greylist: %v", err)
	}
	go g.accept()
	return g, nil
}

// Close ends the service.
func (g *Greylist) Close() error { return g.listener.Close() }

// Attempts are how often each recipient was to get a mail, by sender and recipient.
func (g *Greylist) Attempts() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.seen)
}

func (g *Greylist) accept() {
	for {
		c, err := g.listener.Accept()
		if err != nil {
			return
		}
		go g.serve(c)
	}
}

// serve answers questions of the form "name=value" lines and an empty one.
func (g *Greylist) serve(c net.Conn) {
	defer c.Close()
	ask := map[string]string{}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		name, value, found := strings.Cut(lines.Text(), "=")
		if found {
			ask[name] = value
			continue
		}
		if _, err := fmt.Fprintf(c, "action=%s\n\n", g.judge(ask)); err != nil {
			return
		}
		ask = map[string]string{}
	}
}

func (g *Greylist) judge(ask map[string]string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	pair := ask["sender"] + " " + ask["recipient"]
	dot := ask["protocol_state"] == "END-OF-MESSAGE"
	if !dot {
		g.seen[pair]++
	}
	if !dot && g.seen[pair] == 1 || dot && g.seen[pair] == 2 {
		return "450 4.2.0 Greylisted, come again"
	}
	return "DUNNO"
}
