package mail

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	links "github.com/medlem-register/medlem/internal/link"
)

// A Body is the text of a letter, written in Markdown.
type Body struct {
	Text   string   // as plain text
	HTML   string   // the same, a document of its own that loads nothing
	Images []string // where the pictures in it lie, as written; in HTML the nth is cid:ImageID(n)
	Links  []string // of the text, in order
}

// BodyLimit is the longest text of a letter, in bytes.
const BodyLimit = 64 << 10 // 64 KiB

// ImageID is by what name the HTML of a letter has its nth picture, from 0.
func ImageID(n int) string { return "picture-" + strconv.Itoa(n+1) }

// A BodyFault is something in a letter's text that may not be sent.
type BodyFault struct {
	Line int
	What Fault
	Of   string // the part of the text that it is about
}

// Fault is what is wrong with a part of a text.
type Fault string

// The faults of a text.
const (
	FaultHTML     Fault = "html"     // HTML within the Markdown
	FaultRemote   Fault = "remote"   // a picture that lies elsewhere: loading it tells who reads
	FaultScheme   Fault = "scheme"   // a link that is neither http, https, mailto nor tel
	FaultTracking Fault = "tracking" // a link that tells who followed it
)

// BodyError is a text that may not be sent.
type BodyError struct{ Faults []BodyFault }

func (e *BodyError) Error() string {
	f := e.Faults[0]
	s := fmt.Sprintf("line %d: %s: %q", f.Line, f.What, f.Of)
	if n := len(e.Faults); n > 1 {
		s += fmt.Sprintf(" (and %d more)", n-1)
	}
	return s
}

// ErrBodyEmpty says that there is nothing to send.
var ErrBodyEmpty = errors.New("an empty text")

// Render reads a text in Markdown (CommonMark, and addresses that stand alone as links).
// It refuses what a letter may not hold with a BodyError.
func Render(source []byte) (*Body, error) {
	if len(source) > BodyLimit {
		return nil, fmt.Errorf("a text of %d bytes: want at most %d", len(source), BodyLimit)
	}
	source = bytes.ReplaceAll(bytes.TrimPrefix(source, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	styles := &styled{}
	md := goldmark.New(goldmark.WithExtensions(extension.Linkify), goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(styles, 1))))
	doc := md.Parser().Parse(text.NewReader(source))
	b := &Body{}
	if err := b.look(doc, source); err != nil {
		return nil, err
	}
	p := &plain{source: source}
	p.blocks(doc, "", "")
	b.Text = strings.Trim(p.out.String(), "\n") + "\n"
	if strings.TrimSpace(b.Text) == "" {
		return nil, ErrBodyEmpty
	}
	var out bytes.Buffer
	if err := md.Renderer().Render(&out, source, doc); err != nil {
		return nil, err
	}
	b.HTML = `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em">` + "\n" +
		out.String() + "</body></html>\n"
	return b, nil
}

// look finds what a letter may not hold, its links and its pictures.
func (b *Body) look(doc ast.Node, source []byte) error {
	var faults []BodyFault
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		fault := func(f Fault, of string) { faults = append(faults, BodyFault{lineOf(n, source), f, of}) }
		link := func(to string) {
			b.Links = append(b.Links, to)
			if f, of := linkFault(to); f != "" {
				fault(f, of)
			}
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			fault(FaultHTML, strings.TrimSpace(string(n.Lines().Value(source))))
		case *ast.RawHTML:
			fault(FaultHTML, string(n.Segments.Value(source)))
		case *ast.Link:
			link(string(n.Destination))
		case *ast.AutoLink:
			to := string(n.URL(source))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(to, "mailto:") {
				to = "mailto:" + to
			}
			link(to)
		case *ast.Image:
			to := string(n.Destination)
			if u, err := url.Parse(to); err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(to, "//") {
				fault(FaultRemote, to)
				return ast.WalkContinue, nil
			}
			n.Destination = []byte("cid:" + ImageID(len(b.Images)))
			b.Images = append(b.Images, to)
		}
		return ast.WalkContinue, nil
	})
	if err == nil && len(faults) > 0 {
		err = &BodyError{faults}
	}
	return err
}

// lineOf is the line on which a node begins, or the block that it stands in.
func lineOf(n ast.Node, source []byte) int {
	for ; n != nil; n = n.Parent() {
		at := n.Pos()
		if at < 0 && n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			at = n.Lines().At(0).Start
		}
		if at >= 0 && at <= len(source) {
			return 1 + bytes.Count(source[:at], []byte("\n"))
		}
	}
	return 1
}

func linkFault(link string) (Fault, string) {
	u, err := url.Parse(link)
	if err != nil {
		return FaultScheme, link
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "mailto", "tel":
	default:
		return FaultScheme, link
	}
	if p := links.Tracking(link); p != "" {
		return FaultTracking, p
	}
	return "", ""
}

// styled renders what mail programs show badly without a style of its own. Each has it in
// the element: many take a style sheet away.
type styled struct{}

func (styled) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			fmt.Fprintf(w, `<a href="%s" style="color:#1a4f8b">`, util.EscapeHTML(util.URLEscape(n.(*ast.Link).Destination, true)))
		} else {
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindImage, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			fmt.Fprintf(w, `<img src="%s" alt="%s" style="max-width:100%%">`, util.EscapeHTML(n.(*ast.Image).Destination), html.EscapeString(words(n, source)))
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindBlockquote, func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(`<blockquote style="margin:0 0 1em;padding-left:1em;border-left:3px solid #999">` + "\n")
		} else {
			_, _ = w.WriteString("</blockquote>\n")
		}
		return ast.WalkContinue, nil
	})
}
