//go:build unix

// Command mailpart is what the benchmark of e-mail runs:
//
//	mailpart put FOLDER KEY ID N         puts N messages into an outbox, released
//	mailpart send FOLDER KEY ID PORT CA  hands them to a server on this machine, over
//	                                     one connection with TLS, as medlem outbox send does
//
// KEY is an identity file without a passphrase, CA a file of certificates.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

type own struct{ id *identity.Identity }

func (o own) Seal(text []byte) ([]byte, error) { return seal.SealOwn(text, o.id.Recipient()) }
func (o own) Open(file []byte) ([]byte, error) { return seal.OpenOwn(file, o.id.Ages()) }

func run(args []string) error {
	if len(args) < 5 {
		return fmt.Errorf("usage: mailpart put FOLDER KEY ID N, or mailpart send FOLDER KEY ID PORT CA")
	}
	id, err := identity.Load(args[2], nil)
	if err != nil {
		return err
	}
	box, err := outbox.Open(args[1], own{id}, time.Now)
	if err != nil {
		return err
	}
	defer box.Close()
	sending := register.RecordID(args[3])
	n, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	if args[0] == "put" {
		return put(box, sending, n)
	}
	ca, err := os.ReadFile(args[5])
	if err != nil {
		return err
	}
	s := mail.NewSender(&mail.Server{Host: "localhost", Port: n, TLS: mail.TLSStart, CA: ca}, letter)
	st, err := box.Deliver(context.Background(), sending, s, outbox.Pace{}, nil)
	if err == nil && !st.Finished {
		err = fmt.Errorf("not everything went: %v", st.Counts)
	}
	return err
}

const text = "# Årsmøte\n\nVi møtes **lørdag 12. mars** kl. 12. [Les mer her](https://lag.example/arsmote).\n\n- åpning\n- regnskap\n- valg\n\nVelkommen!\n"

func put(box *outbox.Box, id register.RecordID, n int) error {
	body, err := mail.Render([]byte(text))
	if err != nil {
		return err
	}
	b := &outbox.Batch{ID: id, Channel: "email", Made: "2026-11-22", Subject: "Årsmøte 12. mars", Text: body.Text, HTML: body.HTML}
	for i := range n {
		b.Messages = append(b.Messages, outbox.Message{Member: register.NewRecordID(), Unit: "asker", To: fmt.Sprintf("member-%05d@people.example", i)})
	}
	if err := box.Put(b); err != nil {
		return err
	}
	return box.Release(id)
}

var from, _ = mail.ParseAddress("lag@forening.example")

func letter(b *outbox.Batch, m *outbox.Message) (*mail.Letter, error) {
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, err
	}
	back, err := from.With(m.Token)
	return &mail.Letter{From: from, Name: "Kari", Return: back, To: to, ID: m.Token, Date: time.Now(), Subject: b.Subject, Text: b.Text, HTML: b.HTML,
		Stop: []string{"mailto:lag@forening.example?subject=stop"}}, err
}
