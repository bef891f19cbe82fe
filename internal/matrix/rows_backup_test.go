package matrix_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestRow55AnOldBackup: Redis is given back what its folder held the day before, when one request was
// open and another one not yet there. Both have had their package since, and get no second one: that
// they left is known by the copies in Sent. Who was asked about and has not answered is asked anew.
func TestRow55AnOldBackup(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "r55", office.Alone(redis, ""))
	w.Serve()
	open := w.asks(2)
	w.confirms(open[0])
	w.awaitEnd(open[0], "completed")
	w.awaitSent(open[1])
	folder, backup := filepath.Join(filepath.Dir(redis.Socket()), "appendonlydir"), filepath.Join(t.TempDir(), "backup")
	office.NoError(t, os.CopyFS(backup, os.DirFS(folder)))
	since, before := time.Now(), sequence(redis)

	more := w.asks(2)
	w.confirms(open[1], more[0])
	w.awaitEnd(open[1], "completed")
	w.awaitEnd(more[0], "completed")
	if !w.quiet() { // a copy is kept once the letter has left
		t.Fatal("it does not get quiet")
	}
	w.Pass(20 * time.Hour)
	lost := w.sentSince(since)

	redis.Kill()
	office.NoError(t, redis.Clear())
	office.NoError(t, os.CopyFS(folder, os.DirFS(backup)))
	office.NoError(t, redis.Start())
	from := time.Now()
	if now := sequence(redis); now > before {
		t.Fatalf("it is no old backup: %d commits, and %d when it was made", now, before)
	}
	w.awaitRecovery(0, from)
	w.persists()
	for _, c := range []string{open[0], open[1], more[0]} {
		w.awaitEnd(c, "completed")
	}
	if n := len(w.Packages(w.Anna())); n != 3 {
		t.Errorf("anna has %d packages of 3 requests", n)
	}
	w.confirms(more[1])
	w.persists()
	w.afterLoss(lost)
	if n := len(w.Packages(w.Anna())); n != 4 {
		t.Errorf("anna has %d packages of 4 requests", n)
	}
}
