package pdfcrypt

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
)

// Limits of what is read.
const (
	sizeLimit   = 64 << 20 // bytes of a PDF
	objectLimit = 100_000
	depthLimit  = 50 // brackets within each other in a string
)

// file is a PDF taken apart: the objects in their order, from number 1, and what the
// trailer says besides Size.
type file struct {
	objects []object
	trailer []byte
}

// object is an object's text up to its stream, and the stream; nil: it has none.
type object struct {
	text   []byte
	stream []byte
}

var (
	startPattern   = regexp.MustCompile(`startxref\n(\d{1,10})\n%%EOF\n?$`)
	tablePattern   = regexp.MustCompile(`^xref\n0 (\d{1,6})\n`)
	trailerPattern = regexp.MustCompile(`^trailer\n<<\n(?:/Size \d+\n)((?:.|\n)*?)>>\nstartxref\n`)
	objectPattern  = regexp.MustCompile(`^(\d{1,6}) 0 obj\n`)
	lengthPattern  = regexp.MustCompile(`/Length (\d{1,9})\b`)
)

// read takes a PDF apart. It follows the xref table, so that nothing in a stream is
// taken for an object.
func read(pdf []byte) (*file, error) {
	tail := pdf[max(0, len(pdf)-64):]
	m := startPattern.FindSubmatch(tail)
	if m == nil || len(pdf) > sizeLimit {
		return nil, ErrForm
	}
	at, _ := strconv.Atoi(string(m[1]))
	if at >= len(pdf) {
		return nil, ErrForm
	}
	table := pdf[at:]
	m = tablePattern.FindSubmatch(table)
	if m == nil {
		return nil, ErrForm
	}
	n, _ := strconv.Atoi(string(m[1]))
	lines := table[len(m[0]):]
	const width = 20 // bytes of a line of the table
	if n < 2 || n > objectLimit || len(lines) < n*width {
		return nil, ErrForm
	}
	f := &file{}
	if m = trailerPattern.FindSubmatch(lines[n*width:]); m == nil {
		return nil, ErrForm
	}
	if f.trailer = m[1]; bytes.Contains(f.trailer, []byte("/Encrypt")) || bytes.Contains(f.trailer, []byte("/Prev")) {
		return nil, ErrForm
	}
	for i := 1; i < n; i++ {
		offset, err := strconv.Atoi(string(lines[i*width : i*width+10]))
		if err != nil || offset >= at {
			return nil, ErrForm
		}
		o, err := readObject(pdf[offset:at], i)
		if err != nil {
			return nil, err
		}
		f.objects = append(f.objects, o)
	}
	return f, nil
}

// readObject reads one object at the beginning of b.
func readObject(b []byte, number int) (object, error) {
	m := objectPattern.FindSubmatch(b)
	if m == nil || string(m[1]) != strconv.Itoa(number) {
		return object{}, ErrForm
	}
	b = b[len(m[0]):]
	for i := 0; i < len(b); {
		switch {
		case b[i] == '(':
			_, n, err := literal(b[i:])
			if err != nil {
				return object{}, err
			}
			i += n
		case bytes.HasPrefix(b[i:], []byte("endobj")):
			return object{text: b[:i]}, nil
		case bytes.HasPrefix(b[i:], []byte("stream\n")):
			text, data := b[:i], b[i+len("stream\n"):]
			m := lengthPattern.FindAllSubmatch(text, 2)
			if len(m) != 1 {
				return object{}, ErrForm
			}
			n, _ := strconv.Atoi(string(m[0][1]))
			if n > len(data) || !bytes.HasPrefix(data[n:], []byte("\nendstream\nendobj")) {
				return object{}, ErrForm
			}
			return object{text: text, stream: data[:n:n]}, nil
		default:
			i++
		}
	}
	return object{}, ErrForm
}

// literal reads a string in brackets at the beginning of b, and returns its bytes and
// how long it stands there.
func literal(b []byte) (out []byte, n int, err error) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '(':
			if depth++; depth > depthLimit {
				return nil, 0, ErrForm
			}
			if depth > 1 {
				out = append(out, c)
			}
		case ')':
			if depth--; depth == 0 {
				return out, i + 1, nil
			}
			out = append(out, c)
		case '\\':
			if i++; i == len(b) {
				return nil, 0, ErrForm
			}
			switch e := b[i]; e {
			case 'r':
				out = append(out, '\r')
			case 'n':
				out = append(out, '\n')
			case '(', ')', '\\':
				out = append(out, e)
			default: // our writer makes no others
				return nil, 0, ErrForm
			}
		default:
			out = append(out, c)
		}
	}
	return nil, 0, ErrForm
}

// sealed is an object's text with every string sealed.
func (o object) sealed(key []byte) ([]byte, error) {
	var out []byte
	b := o.text
	for i := 0; i < len(b); {
		switch {
		case b[i] == '(':
			s, n, err := literal(b[i:])
			if err != nil {
				return nil, err
			}
			out = appendHex(out, seal(key, s))
			i += n
		case b[i] == '<' && (i+1 == len(b) || b[i+1] != '<') && (i == 0 || b[i-1] != '<'):
			end := bytes.IndexByte(b[i:], '>')
			if end < 0 {
				return nil, ErrForm
			}
			s, err := hex.DecodeString(string(b[i+1 : i+end]))
			if err != nil {
				return nil, ErrForm
			}
			out = appendHex(out, seal(key, s))
			i += end + 1
		default:
			out = append(out, b[i])
			i++
		}
	}
	return out, nil
}

func appendHex(b, s []byte) []byte {
	b = append(b, '<')
	b = append(b, hex.EncodeToString(s)...)
	return append(b, '>')
}

// write puts the file together under a key, with the dictionary that says how as the
// last object.
func (f *file) write(key []byte, dict string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("%PDF-2.0\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	begin := func() {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
	}
	for _, o := range f.objects {
		text, err := o.sealed(key)
		if err != nil {
			return nil, err
		}
		begin()
		if o.stream == nil {
			b.Write(text)
			b.WriteString("endobj\n")
			continue
		}
		data := seal(key, o.stream)
		b.Write(lengthPattern.ReplaceAll(text, fmt.Appendf(nil, "/Length %d", len(data))))
		b.WriteString("stream\n")
		b.Write(data)
		b.WriteString("\nendstream\nendobj\n")
	}
	begin()
	b.WriteString(dict + "\nendobj\n")
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	id := hex.EncodeToString(random(16))
	fmt.Fprintf(&b, "trailer\n<<\n/Size %d\n%s/Encrypt %d 0 R\n/ID [<%s> <%s>]\n>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, f.trailer, len(offsets), id, id, at)
	return b.Bytes(), nil
}
