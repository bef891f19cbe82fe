package demo

import (
	"context"
	"fmt"
	"path/filepath"
)

// keep stays up, so that one can play requester and admin oneself.
func (s *show) keep(ctx context.Context) error {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return fmt.Errorf("stay up: %v", err)
	}
	fmt.Fprintf(s.out, `
The daemon goes on; Ctrl-C ends it. Packages are compiled every five minutes.

  queue     dsrd queue --state all --socket %[1]s/dsrd.sock
  write     curl --ssl-reqd --cacert %[1]s/ca.pem -u 'WHO:secret of WHO' \
              --mail-from WHO --mail-rcpt %[2]s -T mail.eml smtp://localhost:%[3]d
  read      curl --cacert %[1]s/ca.pem -u 'WHO:secret of WHO' \
              'imaps://localhost:%[4]d/INBOX;MAILINDEX=1'
  WHO       %[5]s (customer), %[6]s (administrator),
            %[7]s, %[8]s (another tenant)

Their mail servers sign what they send. Any mail program will do: trust the CA file above.
`, dir, Desk, split(s.Post.SMTP.Addr()).port, split(s.Post.IMAP.Addr()).port, Jane, Anna, Joe, Bob)
	return s.App.Run(ctx)
}
