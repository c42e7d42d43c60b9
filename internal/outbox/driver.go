package outbox

import "context"

// A Driver hands messages over to a carrier: a mail server, an SMS gateway.
//
// Send hands over one message. It must call begin once, immediately before the first
// byte after which the carrier might deliver, and must not go on where begin returns an
// error. It must not return Sent or Unknown without having called it. Whatever ends
// without the carrier's answer after that is Unknown; before it, Lost. It keeps a
// connection open for the next message, and makes a new one where it was lost. Neither
// Code nor Err may hold an address or what the carrier wrote, which may quote one.
//
// Close ends the connection; Send may make a new one afterwards.
type Driver interface {
	Send(ctx context.Context, b *Batch, m *Message, begin func() error) Outcome
	Close() error
}

// An Outcome is what came of handing one message over.
type Outcome struct {
	Fate Fate
	Code string // the carrier's, such as "550" or "550-5.1.1"; "" none. At most codeLimit bytes of a to z, A to Z, 0 to 9, dot and hyphen
	Ref  string // the carrier's name for the message, by which it can be asked about; "" none
	Err  error  // with Lost: why
	Over bool   // with Lost: it would be so of every message, so none is tried after it
}

// Fate is what became of a message.
type Fate string

// The fates of a message, as the journal has them.
const (
	Created Fate = "created" // nothing was tried yet
	Begun   Fate = "begun"   // it is being handed over by a program that runs
	Sent    Fate = "sent"    // the carrier has said that it takes it
	Refused Fate = "refused" // the carrier has said that it never will
	PutOff  Fate = "put-off" // the carrier has said that it may later
	Unknown Fate = "unknown" // begun, and no answer is known
	Dropped Fate = "dropped" // it is not to go any more: she left, or a person said so
	Lost    Fate = "lost"    // there was no carrier to talk to; never in the journal
)

// Waits tells whether a message of this fate is still to go.
func (f Fate) Waits() bool { return f == Created || f == PutOff }
