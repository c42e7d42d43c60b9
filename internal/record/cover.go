package record

import (
	"encoding/base64"
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
)

// A Cover is what a member sends: whose request it says to be, and the request
// itself, sealed under a key that follows from the secret of her own page. A
// stranger, who shares no secret with anybody, sends a request as it is.
type Cover struct {
	ID     register.RecordID // of the request
	Unit   register.UnitID   // to which it is sent
	Member register.RecordID
	Sealed []byte // an age file
}

// coverKeys are the keys of a cover, in canonical order.
var coverKeys = []string{"medlem", "id", "unit", "member", "sealed"}

// CoverLimit bounds the sealed request in a cover: 32 KiB.
const CoverLimit = 32 << 10

// EncodeCover returns the canonical text of c.
func EncodeCover(c *Cover) ([]byte, error) {
	b, err := appendHead(make([]byte, 0, 256+2*len(c.Sealed)), string(c.ID), string(c.Unit))
	if err == nil {
		_, err = register.ParseRecordID(string(c.Member))
	}
	if err == nil && (len(c.Sealed) == 0 || len(c.Sealed) > CoverLimit) {
		err = fmt.Errorf("sealed request of %d bytes: want 1 to %d", len(c.Sealed), CoverLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("encode cover: %w", err)
	}
	b = append(b, "member: \""+string(c.Member)+"\"\nsealed: \""...)
	b = base64.StdEncoding.AppendEncode(b, c.Sealed)
	return append(b, "\"\n"...), nil
}

// DecodeCover reads what EncodeCover writes, and nothing else; ok is false for
// text that is no cover but may be a request: it has no line that begins with
// "sealed". Every error is a *DecodeError.
func DecodeCover(b []byte) (c *Cover, ok bool, err error) {
	entries, err := parse(b, nil)
	if err != nil {
		return nil, false, err
	}
	if !has(entries, "sealed") {
		return nil, false, nil
	}
	c = &Cover{}
	for i := range entries {
		e := &entries[i]
		if i >= len(coverKeys) || e.key != coverKeys[i] {
			return nil, true, e.fault("not in its place: want medlem, id, unit, member and sealed")
		}
		if i < 3 {
			if err := e.head(&c.ID, &c.Unit); err != nil {
				return nil, true, err
			}
			continue
		}
		v, err := e.value(TypeText)
		if err != nil {
			return nil, true, err
		}
		if e.key == "member" {
			if c.Member, err = register.ParseRecordID(v.text); err != nil {
				return nil, true, e.fault("malformed")
			}
			continue
		}
		c.Sealed, err = base64.StdEncoding.Strict().DecodeString(v.text)
		if err != nil || len(c.Sealed) == 0 || len(c.Sealed) > CoverLimit || base64.StdEncoding.EncodeToString(c.Sealed) != v.text {
			return nil, true, e.fault("malformed")
		}
	}
	if err := complete(entries, coverKeys...); err != nil {
		return nil, true, err
	}
	return c, true, nil
}
