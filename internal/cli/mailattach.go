package cli

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// What is attached to an e-mail must hold nothing of members: neither a list, nor
// anybody's address, number or id. That is looked for in the file's bytes, in the parts
// of documents that are zip files, and in the streams of a PDF. Letters that a PDF holds
// only as pictures or as numbers of glyphs are not found.

// refusedEndings are of files that are lists of something, or that nobody can look into.
var refusedEndings = []string{".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers", ".csv", ".tsv", ".vcf", ".ldif", ".db", ".sqlite", ".mdb", ".accdb", ".mbox", ".eml", ".msg", ".pst",
	".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".age", ".gpg", ".pgp", ".doc", ".ppt", ".exe", ".js", ".html", ".htm", ".svg"}

// unpackedLimit is how many bytes of the parts of one file are looked into.
const unpackedLimit = 64 << 20 // 64 MiB

// attachment reads a file that is to be attached.
func (s *session) attachment(path string) (*outbox.File, error) {
	name := filepath.Base(path)
	ending := strings.ToLower(filepath.Ext(name))
	if slices.Contains(refusedEndings, ending) {
		return nil, refused(s.tr("{{.Path}} is not attached: a list, or a file that cannot be looked into", "Path", path), s.tr("attach a PDF or a text, or link to the file on the site"))
	}
	if strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == '"' }) >= 0 {
		return nil, usageError(s.tr("the name of the file holds signs that do not go into an e-mail"), "")
	}
	if err := s.discreetly(s.tr("the name of the file"), strings.TrimSuffix(name, filepath.Ext(name))); err != nil {
		return nil, err
	}
	data, err := readFile(path, attachedLimit)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, usageError(s.tr("{{.Path}} is empty", "Path", path), "")
	}
	kind := mime.TypeByExtension(ending)
	if kind == "" {
		kind = http.DetectContentType(data)
	}
	kind, _, _ = strings.Cut(kind, ";")
	return &outbox.File{Name: name, Type: kind, Data: data}, nil
}

// judgeAttachments refuses files that hold anything of a member whom the officer reads.
func (s *session) judgeAttachments(files []outbox.File) error {
	total := 0
	for _, f := range files {
		total += len(f.Data)
	}
	if total > attachedLimit {
		return refused(s.tr("{{.Size}} attached is more than mail servers take", "Size", kilobytes(total)), s.tr("put the file on the site and link to it"))
	}
	if len(files) == 0 {
		return nil
	}
	ms, err := s.Members(desk.Query{Closed: true})
	if err != nil {
		return err
	}
	known := s.knownOf(ms)
	for _, f := range files {
		text, err := insides(f.Data)
		if err != nil {
			return refused(s.tr("{{.Path}} is not attached: a list, or a file that cannot be looked into", "Path", f.Name), s.tr("attach a PDF or a text, or link to the file on the site"))
		}
		if known.in(text) {
			return refused(s.tr("{{.Path}} holds an address, a number or an id of somebody in the register", "Path", f.Name), s.tr("nothing of members is attached; take it out"))
		}
	}
	return nil
}

// known is by what members are recognised in a file.
type known struct {
	mails  map[string]bool // folded to lower case
	phones map[string]bool // their last phoneDigits digits
	ids    map[string]bool
}

// phoneDigits are the last digits of a number, without country and trunk prefix.
const phoneDigits = 8

// knownOf collects by what members are recognised. What the organisation publishes of
// itself, and the sender's own address, are no secret.
func (s *session) knownOf(ms []*desk.Member) *known {
	k := &known{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	var public []string
	public = append(public, s.Policy().Contact)
	if x, err := s.mailSettings(); err == nil && x != nil {
		public = append(public, x.From)
	}
	for _, m := range ms {
		k.ids[string(m.Path.ID)] = true
		for _, f := range s.Policy().Fields {
			v := m.Record.Fields[f.Key].String()
			switch {
			case v == "" || slices.Contains(public, v):
			case f.Type == record.TypeEmail:
				k.mails[strings.ToLower(v)] = true
			case f.Type == record.TypePhone:
				if d := lastDigits(v); d != "" {
					k.phones[d] = true
				}
			}
		}
	}
	return k
}

func lastDigits(s string) string {
	d := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	if len(d) < phoneDigits {
		return ""
	}
	return d[len(d)-phoneDigits:]
}

var (
	mailWord  = regexp.MustCompile(`[^\s<>"'()\[\]{};:,|\\/]{1,64}@[^\s<>"'()\[\]{};:,|\\/]{1,253}`)
	phoneWord = regexp.MustCompile(`[+(]?\d[\d ().\-]{6,22}\d`)
	idWord    = regexp.MustCompile(`[a-z2-7]{13,}`)
)

// in tells whether a text holds anything of anybody.
func (k *known) in(text []byte) bool {
	for _, w := range mailWord.FindAll(text, -1) {
		if k.mails[strings.ToLower(strings.Trim(string(w), ".,;!?"))] {
			return true
		}
	}
	for _, w := range phoneWord.FindAll(text, -1) {
		if k.phones[lastDigits(string(w))] {
			return true
		}
	}
	for _, w := range idWord.FindAll(text, -1) {
		if _, err := register.ParseRecordID(string(w)); err == nil && k.ids[string(w)] {
			return true
		}
	}
	return false
}

var errInsides = errors.New("a file that cannot be looked into")

// oldOffice begins files of the Office of before 2007.
const oldOffice = "\xd0\xcf\x11\xe0"

// insides returns the text of a file, as far as it can be read: its bytes, those of the
// parts of a zip file without their markup, and the streams of a PDF.
func insides(data []byte) ([]byte, error) {
	out := slices.Clone(data)
	switch {
	case bytes.HasPrefix(data, []byte(oldOffice)):
		return nil, errInsides
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil, errInsides
		}
		for _, f := range z.File {
			if strings.HasPrefix(f.Name, "xl/") || f.Flags&1 != 0 { // a workbook; encrypted
				return nil, errInsides
			}
			r, err := f.Open()
			if err != nil {
				return nil, errInsides
			}
			b, err := io.ReadAll(io.LimitReader(r, int64(unpackedLimit-len(out)+1)))
			if err != nil || len(out)+len(b) > unpackedLimit {
				return nil, errInsides
			}
			if slices.ContainsFunc([]string{"PK\x03\x04", oldOffice}, func(p string) bool { return bytes.HasPrefix(b, []byte(p)) }) {
				return nil, errInsides // a file within the file
			}
			out = append(append(append(out, '\n'), b...), '\n')
			out = append(out, markup.ReplaceAll(b, nil)...) // a word is often split by it
		}
	case bytes.HasPrefix(bytes.TrimLeft(data, " \r\n\t"), []byte("%PDF")):
		if bytes.Contains(data, []byte("/Encrypt")) {
			return nil, errInsides
		}
		for rest := data; ; {
			_, after, ok := bytes.Cut(rest, []byte("stream"))
			if !ok {
				break
			}
			rest = after
			r, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(after, "\r\n")))
			if err != nil {
				continue // it is not packed so
			}
			b, _ := io.ReadAll(io.LimitReader(r, int64(max(0, unpackedLimit-len(out))))) // what a damaged stream holds before the damage
			out = append(append(out, '\n'), b...)
			out = append(append(out, '\n'), shown(b)...)
		}
	}
	return out, nil
}

var (
	markup   = regexp.MustCompile(`<[^<>]*>`)
	pdfText  = regexp.MustCompile(`\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]+)>|\b(Tj|TJ|ET|Td|TD|T\*)`)
	newLines = []string{"ET", "Td", "TD", "T*"}
)

// shown joins the pieces of text that a stream of a PDF shows.
func shown(stream []byte) []byte {
	var out []byte
	for _, m := range pdfText.FindAllSubmatch(stream, -1) {
		switch {
		case m[1] != nil:
			out = append(out, bytes.ReplaceAll(m[1], []byte(`\`), nil)...)
		case m[2] != nil:
			out = append(out, hexText(m[2])...)
		case slices.Contains(newLines, string(m[3])):
			out = append(out, '\n')
		}
	}
	return out
}

// hexText reads a string of hexadecimal digits, of one or of two bytes for a letter.
func hexText(h []byte) []byte {
	var b []byte
	var digit, n int
	for _, c := range h {
		v := strings.IndexByte("0123456789abcdef", c|0x20)
		if v < 0 {
			continue
		}
		if digit = digit<<4 | v; n%2 == 1 {
			b = append(b, byte(digit))
		}
		n++
	}
	return bytes.ReplaceAll(b, []byte{0}, nil)
}
