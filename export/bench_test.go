package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/flate"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
)

const benchRows = 50_000

// content is what the data files of benchRows rows hold, for the bare stages to work on.
func content(b *testing.B) []byte {
	b.Helper()
	var out bytes.Buffer
	if _, err := compiler(b).Compile(context.Background(), job(&out, many(benchRows))); err != nil {
		b.Fatal(err)
	}
	files := unzip(b, out.Bytes())
	return []byte(files["data/shop/orders.csv"] + files["data/shop/orders.json"])
}

func recipient(b *testing.B) age.Recipient {
	b.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	return id.Recipient()
}

// BenchmarkCompile reads rows, checks and masks them, and writes both files into an encrypted zip.
// Its speed is that of the files' bytes, so that it compares with the bare stages.
func BenchmarkCompile(b *testing.B) {
	to, rows := recipient(b), keep{}
	if err := many(benchRows).read(context.Background(), source.Query{}, &rows); err != nil {
		b.Fatal(err)
	}
	ready := shop(orders(nil), nil, rows...)
	b.SetBytes(int64(len(content(b))))
	for b.Loop() {
		j := job(io.Discard, ready)
		j.Seal = archive.Age(to)
		if _, err := compiler(b).Compile(context.Background(), j); err != nil {
			b.Fatal(err)
		}
	}
}

// keep is a sink that remembers the rows, so that making them is not measured.
type keep []string

func (k *keep) Row(_ string, raw json.RawMessage) error {
	*k = append(*k, string(raw))
	return nil
}

func (*keep) Tally(string, source.Tally) {}

// BenchmarkFlate is the compression of the same bytes and nothing else.
func BenchmarkFlate(b *testing.B) {
	raw := content(b)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		w, err := flate.NewWriter(io.Discard, 5)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = w.Write(raw)
		_ = w.Close()
	}
}

// BenchmarkZip packs the same bytes, with checksums, without encryption.
func BenchmarkZip(b *testing.B) {
	raw := content(b)
	c := archive.Contents{
		Files: []archive.File{{Name: "data/x.json", Write: func(w io.Writer) error {
			_, err := w.Write(raw)
			return err
		}}},
		Signer: compiler(b).Signer, Seal: archive.Plain(),
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := archive.Build(io.Discard, c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAge is the encryption of the same bytes, uncompressed, and nothing else.
func BenchmarkAge(b *testing.B) {
	raw, to := content(b), recipient(b)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		w, err := age.Encrypt(io.Discard, to)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = w.Write(raw)
		_ = w.Close()
	}
}

// BenchmarkCompileKept is BenchmarkCompile with all rows kept for another process on the way,
// which only a job does that takes minutes.
func BenchmarkCompileKept(b *testing.B) {
	to, rows := recipient(b), keep{}
	if err := many(benchRows).read(context.Background(), source.Query{}, &rows); err != nil {
		b.Fatal(err)
	}
	clock := now
	marked := fake{"shop", []source.Set{orders(nil)}, func(_ context.Context, q source.Query, out source.Sink) error {
		for n, row := range rows {
			if err := out.Row(q.Set, json.RawMessage(row)); err != nil {
				return err
			}
			if n%5000 != 4999 {
				continue
			}
			clock = clock.Add(time.Minute)
			here := func() json.RawMessage { return json.RawMessage("1") }
			if err := out.(source.Marker).Mark(q.Set, here); err != nil {
				return err
			}
		}
		return nil
	}}
	b.SetBytes(int64(len(content(b))))
	for b.Loop() {
		s := newShelf()
		j := job(io.Discard, marked)
		j.Seal, j.Checkpoints = archive.Age(to), checkpoints(s)
		c := compiler(b)
		c.Now = func() time.Time { return clock }
		if _, err := c.Compile(context.Background(), j); err != nil {
			b.Fatal(err)
		}
		if s.count("put", "export.e.1.state") < 10 {
			b.Fatalf("too little was kept: %v", s.calls)
		}
	}
}
