package mail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/mail"
)

func TestRender(t *testing.T) {
	b, err := mail.Render([]byte("# Møte\r\n\r\nVi *møtes* på **lørdag**, [her](https://lag.example/a?b=1&c=2 \"x\").\nOg så: https://lag.example/b, kari@lag.example.\n\n- kaffe\n- `a*b`\n\n1. ett\n2. to\n\n> sitat\n\n![Kart](bilder/kart.png)\n\n    kode & <x>\n"))
	if err != nil {
		t.Fatal(err)
	}
	const text = "Møte\n\nVi møtes på lørdag, her <https://lag.example/a?b=1&c=2>. Og så: https://lag.example/b, kari@lag.example.\n\n- kaffe\n- a*b\n\n1. ett\n2. to\n\n> sitat\n>\n[Kart]\n\n    kode & <x>\n"
	if b.Text != text {
		t.Errorf("text:\n%s\nwant:\n%s", b.Text, text)
	}
	for _, want := range []string{"<h1>Møte</h1>", `<a href="https://lag.example/a?b=1&amp;c=2" style="color:#1a4f8b">her</a>`, `<img src="cid:picture-1" alt="Kart"`, "<code>a*b</code>", "kode &amp; &lt;x&gt;"} {
		if !strings.Contains(b.HTML, want) {
			t.Errorf("no %s in %s", want, b.HTML)
		}
	}
	if len(b.Images) != 1 || b.Images[0] != "bilder/kart.png" || len(b.Links) != 3 {
		t.Errorf("pictures %q, links %q", b.Images, b.Links)
	}
}

func TestRenderRefuses(t *testing.T) {
	for text, want := range map[string]mail.BodyFault{
		"a\n\n<b>x</b>":                         {Line: 3, What: mail.FaultHTML, Of: "<b>"},
		"<div>\nx\n</div>":                      {Line: 1, What: mail.FaultHTML, Of: "<div>\nx\n</div>"},
		"x <!-- y -->":                          {Line: 1, What: mail.FaultHTML, Of: "<!-- y -->"},
		"a\n![](http://x.example/a.png)":        {Line: 2, What: mail.FaultRemote, Of: "http://x.example/a.png"},
		"![](//x.example/a.png)":                {Line: 1, What: mail.FaultRemote, Of: "//x.example/a.png"},
		"![](data:image/png;base64,AAAA)":       {Line: 1, What: mail.FaultRemote, Of: "data:image/png;base64,AAAA"},
		"![a][r]\n\n[r]: https://x.example/a":   {Line: 1, What: mail.FaultRemote, Of: "https://x.example/a"},
		"[a](javascript:alert(1))":              {Line: 1, What: mail.FaultScheme, Of: "javascript:alert(1)"},
		"[a](file:///etc/passwd)":               {Line: 1, What: mail.FaultScheme, Of: "file:///etc/passwd"},
		"[a](/x)":                               {Line: 1, What: mail.FaultScheme, Of: "/x"},
		"a\nb https://x.example/?utm_source=me": {Line: 2, What: mail.FaultTracking, Of: "utm_source"},
		"[a](https://x.example/?mc_eid=1)":      {Line: 1, What: mail.FaultTracking, Of: "mc_eid"},
		"<https://x.example/?a=1&fbclid=2>":     {Line: 1, What: mail.FaultTracking, Of: "fbclid"},
	} {
		_, err := mail.Render([]byte(text))
		var body *mail.BodyError
		if !errors.As(err, &body) || body.Faults[0] != want {
			t.Errorf("%q: %v, want %+v", text, err, want)
		}
	}
	for _, text := range []string{"", " \n\n", "[r]: https://x.example/"} {
		if _, err := mail.Render([]byte(text)); !errors.Is(err, mail.ErrBodyEmpty) {
			t.Errorf("%q: %v, want ErrBodyEmpty", text, err)
		}
	}
	if _, err := mail.Render([]byte(strings.Repeat("a", mail.BodyLimit+1))); err == nil {
		t.Error("a text beyond the limit is taken")
	}
}

// Whatever is written, the HTML of a letter loads nothing and runs nothing.
func FuzzRender(f *testing.F) {
	for _, s := range []string{"# a", "![](a.png)", "[a](https://x.example)", "<script>", "a <b onclick=x>", "[x](java\tscript:a)", "![a](b \"<script>\")", "`<x>`", "&lt;script&gt;", "<a:b>", "a\n: b", "[a](https://x.example/\" onmouseover=\"x)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := mail.Render([]byte(s))
		if err != nil {
			return
		}
		low := strings.ToLower(b.HTML)
		for _, bad := range []string{"<script", "<iframe", "<object", "<link", "<style", "<form", "src=\"http", "src=\"//", "src=\"data", "href=\"javascript", "<!--"} {
			if strings.Contains(low, bad) {
				t.Errorf("%q: %s in the HTML", s, bad)
			}
		}
	})
}
