package check_test

import (
	"bytes"
	"io"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/medlem-register/medlem/internal/seal"
)

// vectors are sealed files with one thing wrong each, made with stock age.
var vectors = sync.OnceValue(func() map[string][]byte {
	padded := bytes.Repeat([]byte("#"), 1024)
	encrypt := func(text []byte, rs ...age.Recipient) []byte {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, rs...)
		if err == nil {
			_, err = w.Write(text)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			panic(err)
		}
		return b.Bytes()
	}
	scrypt := func(logN int) age.Recipient {
		r, err := age.NewScryptRecipient(seal.NewKey().String())
		if err != nil {
			panic(err)
		}
		r.SetWorkFactor(logN)
		return r
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	good := encrypt(padded, scrypt(1))
	var armored bytes.Buffer
	a := armor.NewWriter(&armored)
	if _, err := io.Copy(a, bytes.NewReader(good)); err != nil {
		panic(err)
	}
	a.Close()

	// age refuses to write a second stanza beside scrypt; copying the line does.
	line := bytes.IndexByte(good, '\n') + 1
	end := bytes.Index(good, []byte("\n---")) + 1
	two := append(append(append([]byte{}, good[:end]...), good[line:end]...), good[end:]...)

	// A whole chunk and then fewer bytes than a tag has.
	long := encrypt(bytes.Repeat([]byte("#"), 64<<10), scrypt(1))
	return map[string][]byte{
		"armored":     armored.Bytes(),
		"two stanzas": two,
		"work factor": encrypt(padded, scrypt(10)),
		"unpadded":    encrypt([]byte("medlem: 1\n"), scrypt(1)),
		"trailing":    append(long, "12345"...),
		"classic":     encrypt(padded, classic.Recipient()),
	}
})
