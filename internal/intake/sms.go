package intake

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// An SMS is one that a gateway has received.
type SMS struct {
	From string // the number, as the gateway writes it
	Text string
}

// What a gateway's list of received SMS may hold.
const (
	SMSFileLimit  = 4 << 20 // 4 MiB
	smsCountLimit = 20_000  // messages
	smsTextLimit  = 2_000   // bytes of one text; ten parts have 1,530 characters
)

// ErrSMSFile says that a file is no list of received SMS, or larger than one may be.
var ErrSMSFile = errors.New("not a list of received SMS, in csv or JSON")

// smsKeys are the names that gateways give to what is read here, in small letters: 46elks
// (from, message, direction: incoming), Twilio (From, Body, Direction: inbound), LINK
// Mobility and others by the plain words.
var smsKeys = map[string]string{"from": "from", "sender": "from", "source": "from", "msisdn": "from", "text": "text", "message": "text", "body": "text", "content": "text", "direction": "direction"}

// ReadSMS reads what a gateway has received: csv with a head of names, or JSON, as one list,
// as an object that holds one, or an object on each line. What was sent from here, which
// exports hold too, is left out. skipped counts those without a number or a text. Its error
// is ErrSMSFile and says nothing of what the file holds.
func ReadSMS(b []byte) (list []SMS, skipped int, err error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if len(b) > SMSFileLimit || !utf8.Valid(b) {
		return nil, 0, ErrSMSFile
	}
	var rows []map[string]string
	if t := bytes.TrimSpace(b); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		rows, err = smsJSON(t)
	} else {
		rows, err = smsCSV(b)
	}
	if err != nil || len(rows) > smsCountLimit {
		return nil, 0, ErrSMSFile
	}
	for _, row := range rows {
		if d := strings.ToLower(row["direction"]); d != "" && !strings.HasPrefix(d, "in") {
			continue
		}
		m := SMS{strings.TrimSpace(row["from"]), strings.TrimSpace(row["text"])}
		if m.From == "" || m.Text == "" || len(m.Text) > smsTextLimit {
			skipped++
			continue
		}
		list = append(list, m)
	}
	return list, skipped, nil
}

// smsCSV reads csv, separated by what its head is separated by.
func smsCSV(b []byte) ([]map[string]string, error) {
	r := csv.NewReader(bytes.NewReader(b))
	head, _, _ := bytes.Cut(b, []byte("\n"))
	for _, c := range []rune{';', '\t'} {
		if bytes.ContainsRune(head, c) {
			r.Comma = c
		}
	}
	names, err := r.Read()
	if err != nil {
		return nil, ErrSMSFile
	}
	found := map[string]bool{}
	for i, n := range names {
		names[i] = smsKeys[strings.ToLower(strings.TrimSpace(n))]
		if names[i] != "" && found[names[i]] {
			return nil, ErrSMSFile // two columns that say the same
		}
		found[names[i]] = true
	}
	if !found["from"] || !found["text"] {
		return nil, ErrSMSFile
	}
	var out []map[string]string
	for len(out) <= smsCountLimit {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, ErrSMSFile
		}
		row := map[string]string{}
		for i, c := range cells {
			row[names[i]] = c
		}
		out = append(out, row)
	}
	return out, nil
}

// smsJSON reads JSON values one after another.
func smsJSON(b []byte) ([]map[string]string, error) {
	var out []map[string]string
	d := json.NewDecoder(bytes.NewReader(b))
	for len(out) <= smsCountLimit {
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, ErrSMSFile
		}
		rows, err := smsObjects(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// smsObjects are the messages of one JSON value: a list of them, an object with such a list
// (data of 46elks, messages of Twilio), or one message.
func smsObjects(raw json.RawMessage) ([]map[string]string, error) {
	var list []map[string]json.RawMessage
	var one map[string]json.RawMessage
	if raw[0] == '[' {
		if json.Unmarshal(raw, &list) != nil {
			return nil, ErrSMSFile
		}
	} else {
		if json.Unmarshal(raw, &one) != nil {
			return nil, ErrSMSFile
		}
		list = append(list, one)
		for _, key := range []string{"data", "messages"} {
			if inner, ok := one[key]; ok && len(inner) > 0 && inner[0] == '[' {
				if list = nil; json.Unmarshal(inner, &list) != nil {
					return nil, ErrSMSFile
				}
			}
		}
	}
	var out []map[string]string
	for _, o := range list {
		row := map[string]string{}
		for name, value := range o {
			var text string
			if key := smsKeys[strings.ToLower(name)]; key == "" {
				continue
			} else if json.Unmarshal(value, &text) == nil { // null and numbers are no text
				row[key] = text
			}
		}
		out = append(out, row)
	}
	return out, nil
}
