package cli

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/medlem-register/medlem/internal/mail"
	"github.com/medlem-register/medlem/internal/outbox"
)

// mailText is what an e-mail says, before it is anybody's.
type mailText struct {
	batch    *outbox.Batch // without messages
	pictures int
	attached []outbox.File
	telling  string // a link in the text that tells of what kind the organisation is; ""
}

const (
	pictureLimit  = 1 << 20  // bytes of a picture in an e-mail: 1 MiB
	pictures      = 10       // in one e-mail
	attachedLimit = 10 << 20 // bytes of everything that is attached: more than servers take is not tried
)

// mailText reads the text of an e-mail, its pictures and what is attached, and refuses
// what may not be sent.
func (s *session) mailText(o *mailFlags) (*mailText, error) {
	own := s.inOrganisation()
	var source []byte
	switch {
	case o.body != "":
		var err error
		if source, err = readFile(o.body, mail.BodyLimit); err != nil {
			return nil, err
		}
	case o.asking:
		source = s.askText(own)
	default:
		return nil, usageError(s.tr("say where the text is: --body FILE"), "")
	}
	body, err := mail.Render(source)
	if err != nil {
		return nil, s.bodyFailure(o.body, err)
	}
	if !validText(strings.ReplaceAll(body.Text, "\t", " ")) {
		return nil, usageError(s.tr("there is no text in it, or signs that are none"), "")
	}
	subject := strings.TrimSpace(o.subject)
	if subject == "" && o.asking {
		subject = own.askSubject()
	}
	if err := s.discreetly(s.tr("the subject"), subject); err != nil {
		return nil, err
	}
	x := &mailText{batch: &outbox.Batch{Subject: subject, Automatic: o.asking}}
	if err := s.pictures(x, o.body, body); err != nil {
		return nil, err
	}
	for _, path := range o.attach {
		f, err := s.attachment(path)
		if err != nil {
			return nil, err
		}
		x.attached = append(x.attached, *f)
	}
	if err := s.judgeAttachments(x.attached); err != nil {
		return nil, err
	}
	if s.Policy().Hides() {
		for _, l := range body.Links {
			if u, err := url.Parse(l); err == nil && s.tells(u.Host+" "+u.Path) != "" {
				x.telling = u.Host
			}
		}
	}
	x.batch.Files = append(x.batch.Files, x.attached...)
	x.batch.Text, x.batch.HTML = own.withStop(body)
	return x, nil
}

// withStop is a text with what a member does who wants no more of them at its end.
func (a *app) withStop(body *mail.Body) (text, html string) {
	stop := a.tr("If you want no more e-mails like this, answer with the word stop.")
	return body.Text + "\n-- \n" + stop + "\n",
		strings.Replace(body.HTML, "</body>", `<p style="color:#555;font-size:13px">`+stop+"</p>\n</body>", 1)
}

// bodyFailure says what of a text may not be sent.
func (a *app) bodyFailure(path string, err error) error {
	var body *mail.BodyError
	if errors.Is(err, mail.ErrBodyEmpty) {
		return usageError(a.tr("{{.Path}} has no text", "Path", path), "")
	}
	if !errors.As(err, &body) {
		return err
	}
	f := body.Faults[0]
	at := func(msg string) string {
		return a.tr("{{.Path}}, line {{.Line}}: {{.What}}", "Path", path, "Line", f.Line, "What", msg)
	}
	switch f.What {
	case mail.FaultHTML:
		return refused(at(a.tr("HTML in the text")), a.tr("write it in Markdown"))
	case mail.FaultRemote:
		return refused(at(a.tr("a picture that would be loaded from elsewhere, and tells who reads: {{.What}}", "What", quote(f.Of))), a.tr("put the picture beside the text, or link to it"))
	case mail.FaultTracking:
		return refused(at(a.tr("a link in it tells who has followed it: {{.What}}", "What", quote(f.Of))), a.tr("take that away, and link to the page itself"))
	}
	return refused(at(a.tr("a link that is none of http, https, mailto and tel: {{.What}}", "What", quote(f.Of))), "")
}

// pictures reads the pictures of a text, which lie beside it or below.
func (s *session) pictures(x *mailText, body string, b *mail.Body) error {
	if len(b.Images) == 0 {
		return nil
	}
	if s.Policy().Sendings.Email.Images == "refuse" {
		return refused(s.tr("the policy lets no pictures into e-mails"), s.tr("link to them instead"))
	}
	if len(b.Images) > pictures {
		return refused(s.trn(len(b.Images), "{{.N}} picture in one e-mail", "{{.N}} pictures in one e-mail"), s.tr("at most {{.N}} go", "N", pictures))
	}
	for i, name := range b.Images {
		un, err := url.PathUnescape(name)
		if err != nil || !filepath.IsLocal(filepath.FromSlash(un)) {
			return refused(s.tr("a picture that does not lie beside the text: {{.Path}}", "Path", quote(name)), s.tr("put the picture beside the text, or link to it"))
		}
		data, err := readFile(filepath.Join(filepath.Dir(body), filepath.FromSlash(un)), pictureLimit)
		if err != nil {
			return err
		}
		kind := http.DetectContentType(data)
		switch kind {
		case "image/png", "image/jpeg", "image/gif":
		default:
			return refused(s.tr("{{.Path}} is no picture that mail programs show", "Path", quote(name)), s.tr("png, jpeg and gif are"))
		}
		id := mail.ImageID(i)
		x.batch.Files = append(x.batch.Files, outbox.File{Name: id + "." + strings.TrimPrefix(kind, "image/"), Type: kind, ID: id, Data: data})
	}
	x.pictures = len(b.Images)
	return nil
}

// mailWarnings is what a person should consider before an e-mail goes.
func (s *session) mailWarnings(x *mailText, recipients int) []string {
	out := []string{}
	rules := s.Policy().Sendings.Email
	if x.pictures > 0 && rules.Images == "avoid" {
		out = append(out, s.tr("the policy advises against pictures in e-mails"))
	}
	size := 0
	for _, f := range x.attached {
		size += len(f.Data)
	}
	const kb = 1000
	switch a := rules.Attachments; {
	case a.Kilobytes > 0 && size > a.Kilobytes*kb && recipients > a.Recipients:
		out = append(out, s.trn(recipients, "{{.Size}} attached to an e-mail for {{.N}} member is more than the policy advises; put the file on the site and link to it", "{{.Size}} attached to an e-mail for {{.N}} members is more than the policy advises; put the file on the site and link to it", "Size", kilobytes(size)))
	case size > 0 && rules.Links == "prefer":
		out = append(out, s.tr("the policy prefers a link to a file on the site to an attachment"))
	}
	if x.telling != "" {
		out = append(out, s.tr("a link in the text tells whoever sees it followed of what kind the organisation is: {{.What}}", "What", quote(x.telling)))
	}
	return out
}
