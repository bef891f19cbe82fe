package archive

import (
	"archive/zip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"time"
)

// The form is WinZip's "AE-2" (https://www.winzip.com/en/support/aes-encryption/): an entry with
// method 99 holds salt, two bytes to check the passphrase, the AES-CTR text, and ten bytes of
// HMAC-SHA1 over it.
const (
	aesMethod   = 99
	aesExtraID  = 0x9901
	aesSalt     = 16
	aesKey      = 32
	aesVerifier = 2
	aesMAC      = 10
	aesRounds   = 1000
	// aesInner is the name of the one entry, the package itself. It tells nothing.
	aesInner = "package.zip"

	flagEncrypted  = 0x1
	flagDescriptor = 0x8
	zipVersion     = 20
	zipVersion64   = 45
	zipVersionAES  = 51
)

// aesKeys are what one passphrase and salt give.
type aesKeys struct {
	block    cipher.Block
	mac      hash.Hash
	verifier []byte
}

func deriveAES(passphrase string, salt []byte) (aesKeys, error) {
	raw, err := pbkdf2.Key(sha1.New, passphrase, salt, aesRounds, 2*aesKey+aesVerifier)
	if err != nil {
		return aesKeys{}, fmt.Errorf("derive zip key: %v", err)
	}
	block, err := aes.NewCipher(raw[:aesKey])
	if err != nil {
		return aesKeys{}, fmt.Errorf("derive zip key: %v", err)
	}
	return aesKeys{
		block:    block,
		mac:      hmac.New(sha1.New, raw[aesKey:2*aesKey]),
		verifier: raw[2*aesKey:],
	}, nil
}

// xorCTR encrypts or decrypts p, whose first byte lies offset bytes into the text. WinZip counts in
// little-endian from 1, crypto/cipher's CTR in big-endian, so the counter is ours.
func xorCTR(block cipher.Block, p []byte, offset int64) {
	var counter, stream [aes.BlockSize]byte
	for len(p) > 0 {
		binary.LittleEndian.PutUint64(counter[:], uint64(offset/aes.BlockSize)+1)
		block.Encrypt(stream[:], counter[:])
		skip := int(offset % aes.BlockSize)
		n := subtle.XORBytes(p, p, stream[skip:])
		p, offset = p[n:], offset+int64(n)
	}
}

// An aesZip writes the outer zip with its one entry.
type aesZip struct {
	zip    *zip.Writer
	header *zip.FileHeader
	entry  io.Writer
	keys   aesKeys
	buffer []byte
	size   int64
}

func newAESZip(w io.Writer, p Passphrase, random io.Reader, at time.Time) (*aesZip, error) {
	salt := make([]byte, aesSalt)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("seal package: read salt: %v", err)
	}
	keys, err := deriveAES(p.text, salt)
	if err != nil {
		return nil, err
	}
	z := &aesZip{zip: zip.NewWriter(w), header: aesHeader(at), keys: keys}
	if z.entry, err = z.zip.CreateRaw(z.header); err != nil {
		return nil, fmt.Errorf("seal package: %v", err)
	}
	if _, err := z.entry.Write(append(salt, keys.verifier...)); err != nil {
		return nil, err
	}
	return z, nil
}

func aesHeader(at time.Time) *zip.FileHeader {
	extra := binary.LittleEndian.AppendUint16(nil, aesExtraID)
	extra = binary.LittleEndian.AppendUint16(extra, 7)
	extra = binary.LittleEndian.AppendUint16(extra, 2) // AE-2: no CRC of the plain text
	extra = append(extra, 'A', 'E', 3)                 // 256 bits
	extra = binary.LittleEndian.AppendUint16(extra, zip.Store)
	date, clock := dosTime(at)
	return &zip.FileHeader{
		Name:           aesInner,
		Method:         aesMethod,
		Flags:          flagEncrypted | flagDescriptor,
		CreatorVersion: zipVersion,
		ReaderVersion:  zipVersionAES,
		ModifiedDate:   date,
		ModifiedTime:   clock,
		Extra:          extra,
	}
}

// dosTime writes a time as a zip's own header does: UTC, in steps of two seconds, from 1980 on.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	year := min(max(t.Year(), 1980), 2107)
	date = uint16((year-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	return date, clock
}

func (z *aesZip) Write(p []byte) (int, error) {
	z.buffer = append(z.buffer[:0], p...)
	xorCTR(z.keys.block, z.buffer, z.size)
	z.keys.mac.Write(z.buffer)
	n, err := z.entry.Write(z.buffer)
	z.size += int64(n)
	return n, err
}

// Close ends entry and zip. The writer reads the sizes from the header that it was given when the
// entry ends, so they are set here.
func (z *aesZip) Close() error {
	if _, err := z.entry.Write(z.keys.mac.Sum(nil)[:aesMAC]); err != nil {
		return err
	}
	h := z.header
	h.UncompressedSize64 = uint64(z.size)
	h.CompressedSize64 = uint64(aesSalt + aesVerifier + z.size + aesMAC)
	h.UncompressedSize = uint32(min(h.UncompressedSize64, math.MaxUint32))
	h.CompressedSize = uint32(min(h.CompressedSize64, math.MaxUint32))
	return z.zip.Close()
}

// An aesText reads the plain bytes of an AE-2 entry at any place.
type aesText struct {
	raw   io.ReaderAt
	block cipher.Block
}

func (t aesText) ReadAt(p []byte, off int64) (int, error) {
	n, err := t.raw.ReadAt(p, off)
	xorCTR(t.block, p[:n], off)
	return n, err
}

// errWrongPassphrase and errDamaged are the two ways in which a sealed zip does not open.
var (
	errWrongPassphrase = errors.New("the passphrase does not open the package")
	errDamaged         = errors.New("the encrypted package is damaged or was changed")
)

// openAES checks the whole of an AE-2 entry and gives access to its text. The check comes before
// any byte is used: CTR mode alone would let anyone flip bits.
func openAES(raw io.ReaderAt, size int64, passphrase string) (io.ReaderAt, int64, error) {
	head := make([]byte, aesSalt+aesVerifier)
	textSize := size - int64(len(head)) - aesMAC
	if textSize < 0 {
		return nil, 0, errDamaged
	}
	if _, err := raw.ReadAt(head, 0); err != nil {
		return nil, 0, errDamaged
	}
	keys, err := deriveAES(passphrase, head[:aesSalt])
	if err != nil {
		return nil, 0, err
	}
	if subtle.ConstantTimeCompare(keys.verifier, head[aesSalt:]) != 1 {
		return nil, 0, errWrongPassphrase
	}
	text := io.NewSectionReader(raw, int64(len(head)), textSize)
	if _, err := io.Copy(keys.mac, text); err != nil {
		return nil, 0, errDamaged
	}
	want := make([]byte, aesMAC)
	if _, err := raw.ReadAt(want, int64(len(head))+textSize); err != nil && err != io.EOF {
		return nil, 0, errDamaged
	}
	if !hmac.Equal(keys.mac.Sum(nil)[:aesMAC], want) {
		return nil, 0, errDamaged
	}
	return aesText{raw: text, block: keys.block}, textSize, nil
}
