package real

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
)

// Greylist is a policy service for Postfix (SMTPD_POLICY_README): the first mail of each pair of
// sender and recipient is refused for now, later ones pass.
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
	if g.listener, err = net.Listen("tcp", loopback(g.Port)); err != nil {
		return nil, fmt.Errorf("start a greylist: %v", err)
	}
	go g.accept()
	return g, nil
}

// Close ends the service.
func (g *Greylist) Close() error { return g.listener.Close() }

// Refused is how many mails to a recipient were asked about, the first of which was refused.
func (g *Greylist) Asked(recipient string) (times int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for pair, n := range g.seen {
		if strings.HasSuffix(pair, " "+recipient) {
			times += n
		}
	}
	return times
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
		if _, err := fmt.Fprintf(c, "action=%s\n\n", g.judge(ask["sender"], ask["recipient"])); err != nil {
			return
		}
		ask = map[string]string{}
	}
}

func (g *Greylist) judge(sender, recipient string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	pair := sender + " " + recipient
	g.seen[pair]++
	if g.seen[pair] == 1 {
		return "450 4.2.0 Greylisted, come again"
	}
	return "DUNNO"
}
