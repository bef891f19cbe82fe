package authentic

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	netmail "net/mail"

	gomessage "github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// peersAgree has net/mail and go-message read the same header: a mail that
// they read otherwise than fromAddress has two authors, and so none. On two
// From fields both take the first without a word, hence the counts.
func peersAgree(head []byte, want string) error {
	block := bytes.TrimRight(head, "\r\n")
	block = append(bytes.Clone(block), "\r\n\r\n"...)
	if got, err := netMailFrom(block); err != nil || got != want {
		return errors.New("net/mail reads another From")
	}
	if got, err := goMessageFrom(block); err != nil || got != want {
		return errors.New("go-message reads another From")
	}
	return nil
}

func netMailFrom(block []byte) (string, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(block))
	if err != nil {
		return "", err
	}
	return onlyAddress(m.Header["From"])
}

func goMessageFrom(block []byte) (string, error) {
	th, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(block)))
	if err != nil {
		return "", err
	}
	h := gomail.Header{Header: gomessage.Header{Header: th}}
	return onlyAddress(h.Values("From"))
}

func onlyAddress(values []string) (string, error) {
	if len(values) != 1 {
		return "", errors.New("not one From field")
	}
	list, err := addressParser().ParseList(values[0])
	if err != nil || len(list) != 1 {
		return "", errors.New("not one From address")
	}
	return FoldAddress(list[0].Address)
}

// addressParser reads addresses whatever charset the display name is in: both
// libraries refuse the whole address for a name they cannot decode.
func addressParser() *netmail.AddressParser {
	asIs := func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	return &netmail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: asIs}}
}
