// Package outbox keeps messages that are ready to go, e-mails and text messages alike,
// and hands them over so that none goes twice, whenever the program is killed.
//
// Use Open for the folder of one copy of a register; Put for the messages of one sending,
// which lie there sealed; Release when their receipt is made; Deliver with the Driver of
// the channel. A message whose fate nobody knows, since the program or the connection
// ended between its last byte and the carrier's answer, is Unknown: it is listed, and
// goes again only if a person says so (Settle).
//
// An address stands in the sealed file alone, as long as there is something left to
// send. The journal beside it is clear, and holds numbers, fates and codes.
package outbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A Batch is the messages of one sending. What is said of Text, HTML and Files there
// holds for each message that has none of its own.
type Batch struct {
	ID      register.RecordID `json:"id"`      // of the sending's receipt
	Channel string            `json:"channel"` // "email" or "sms"
	Made    register.Day      `json:"made"`
	Subject string            `json:"subject,omitempty"`
	Text    string            `json:"text,omitempty"`
	HTML    string            `json:"html,omitempty"`
	Files   []File            `json:"files,omitempty"`

	// Automatic says that no person wrote it (RFC 3834): a claim, a welcome.
	Automatic bool `json:"automatic,omitempty"`
	// Needed says that it goes whatever the member objects to.
	Needed bool `json:"needed,omitempty"`
	// Purpose is the purpose of lists.yaml that members may object to; "".
	Purpose string `json:"purpose,omitempty"`

	Messages []Message `json:"messages"`
}

// A Message is for one member, and for nobody else: there is one address in it.
type Message struct {
	Member  register.RecordID `json:"member,omitempty"` // "" it is to oneself
	Unit    register.UnitID   `json:"unit,omitempty"`
	To      string            `json:"to,omitempty"`  // an e-mail address, or a phone number in E.164; "" when nothing is left to send
	Was     string            `json:"was,omitempty"` // the digest of To, when nothing is left to send; see Trace.Is
	Token   string            `json:"token"`         // by which a bounce finds its message; Put makes it
	Subject string            `json:"subject,omitempty"`
	Text    string            `json:"text,omitempty"`
	HTML    string            `json:"html,omitempty"`
	Files   []File            `json:"files,omitempty"`
	Claim   string            `json:"claim,omitempty"` // the payload of the claim of dues that it is about; "" none
}

// A File is an attachment.
type File struct {
	Name string `json:"name"`
	Type string `json:"type"`          // such as application/pdf
	ID   string `json:"cid,omitempty"` // by which the HTML names it, as cid:ID; "" it is attached
	Data []byte `json:"data"`
}

// Bounds of what one sending may hold.
const (
	MessageLimit = 200_000   // messages
	BatchLimit   = 256 << 20 // bytes of the sealed file: 256 MiB
)

// tokenBytes are random: nobody guesses the token of a message that is on its way, so a
// bounce that has one comes from whoever had the message.
const tokenBytes = 10

var tokenText = base32.StdEncoding.WithPadding(base32.NoPadding)

// newToken returns 16 lower-case letters and digits, which the local part of an address
// may hold.
func newToken() string {
	var b [tokenBytes]byte
	rand.Read(b[:])
	return strings.ToLower(tokenText.EncodeToString(b[:]))
}

// IsToken tells whether a text can be the token of a message.
func IsToken(s string) bool {
	return len(s) == tokenText.EncodedLen(tokenBytes) && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// digest is of an address under a message's token: it tells whether an address is the one
// that it went to, and not which that was.
func digest(token, to string) string {
	sum := sha256.Sum256([]byte("medlem/v1/outbox\x00" + token + "\x00" + to))
	return hex.EncodeToString(sum[:16])
}

// check returns what stands in the way of a batch being sent.
func (b *Batch) check() error {
	if _, err := register.ParseRecordID(string(b.ID)); err != nil {
		return fmt.Errorf("sending: %w", err)
	}
	switch {
	case b.Channel == "" || strings.ContainsAny(b.Channel, " \n"):
		return errors.New("sending: missing channel")
	case len(b.Messages) == 0:
		return errors.New("sending: no messages")
	case len(b.Messages) > MessageLimit:
		return fmt.Errorf("sending: %d messages: want at most %d", len(b.Messages), MessageLimit)
	}
	seen := make(map[register.RecordID]bool, len(b.Messages))
	for i := range b.Messages {
		m := &b.Messages[i]
		if m.To == "" {
			return fmt.Errorf("message %d: missing address", i+1)
		}
		if m.Member != "" && seen[m.Member] {
			return fmt.Errorf("message %d: its member has another one in the same sending", i+1)
		}
		seen[m.Member] = true
	}
	return nil
}

func (b *Batch) encode() ([]byte, error) { return json.Marshal(b) }

func decodeBatch(text []byte) (*Batch, error) {
	b := &Batch{}
	if err := json.Unmarshal(text, b); err != nil {
		return nil, errors.New("not the messages of a sending") // json's errors quote what they read
	}
	return b, nil
}

// Format withholds what a batch holds: it is personal data.
func (b *Batch) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%d messages of %s (withheld)", len(b.Messages), b.ID)
}

// Format withholds what a message holds.
func (m Message) Format(f fmt.State, _ rune) { fmt.Fprint(f, "a message (withheld)") }
