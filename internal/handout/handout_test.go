package handout

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/label"
)

const page = `<!doctype html>
<html lang="nb-NO"><head><link rel="alternate" type="application/pdf" href="/register/guides/chair.nb.pdf"></head>
<body><main id="main" tabindex="-1"><article class="wide guide">
<nav class="trail"><ol><li>Forside</li></ol></nav>
<header><p class="kicker">Veiledning &amp; r&aring;d</p><h1>Leder</h1><p class="lead">Les det.</p><p class="handout" data-screen><a href="x">PDF</a></p></header>
<dl class="strip"><div><dt>Høyst</dt><dd><data class="policy" value="2" data-policy="a.b">2 personer</data></dd></div></dl>
<div class="pair"><section><h2 id="may">Dette kan du</h2><ul><li>Slå opp <strong>alle</strong> medlemmer.</li></ul></section>
<section><h2 id="must">Dette må du</h2><ol><li>Først.</li><li>Så <code>medlem sync</code>.</li></ol></section></div>
<table class="stack"><caption>Regler</caption><thead><tr><th scope="col">Regel</th><th scope="col">Gjelder</th></tr></thead>
<tbody><tr><th scope="row">Passord</th><td data-title="Gjelder">12 tegn</td></tr></tbody></table>
<p class="banner" hidden>skjult</p>
<details><summary>Kilder</summary>lang</details>
<p>Slutt<br>her.</p>
</article></main><footer><p>Spørsmål? <a href="mailto:medlem@example.org">medlem@example.org</a></p>
<p class="small"><span data-built>Bygget i dag</span> · versjon <code class="stamp">7dfff8e41c02</code></p><p class="printed">https://example.org/nb/</p></footer></body></html>`

func TestOf(t *testing.T) {
	if at := Of([]byte(page)); at != "/register/guides/chair.nb.pdf" {
		t.Errorf("%q", at)
	}
	if at := Of([]byte(`<head></head><body><link rel="alternate" type="application/pdf" href="/x.pdf">`)); at != "" {
		t.Errorf("in the text of a page: %q", at)
	}
}

// What stands on the page stands in the handout; what is for a screen does not.
func TestBlocks(t *testing.T) {
	root, err := parse([]byte(page))
	if err != nil {
		t.Fatal(err)
	}
	var main *node
	var find func(n *node)
	find = func(n *node) {
		for _, c := range n.under {
			if c.name == "main" {
				main = c
			}
			find(c)
		}
	}
	find(root)
	r := &reader{}
	bs := r.blocks(main)
	if r.h.Kicker != "Veiledning & råd" || r.h.Title != "Leder" || r.h.Lead != "Les det." {
		t.Errorf("%+v", r.h)
	}
	if len(bs) != 4 {
		t.Fatalf("%d blocks: %+v", len(bs), bs)
	}
	if f := bs[0]; f.Kind != label.Facts || len(f.Rows) != 1 || f.Rows[0][0] != "Høyst" || f.Rows[0][1] != "2 personer" {
		t.Errorf("%+v", f)
	}
	p := bs[1]
	if p.Kind != label.Pair || len(p.Left) != 2 || len(p.Right) != 3 || p.Left[1].Number != 0 || p.Right[2].Number != 2 {
		t.Fatalf("%+v", p)
	}
	if rs := p.Left[1].Runs; len(rs) != 3 || !rs[1].Bold || rs[0].Text+rs[1].Text+rs[2].Text != "Slå opp alle medlemmer." {
		t.Errorf("%+v", rs)
	}
	if tab := bs[2]; tab.Kind != label.Table || tab.Caption != "Regler" || len(tab.Head) != 2 || len(tab.Rows) != 1 || tab.Rows[0][1] != "12 tegn" {
		t.Errorf("%+v", tab)
	}
	if rs := bs[3].Runs; len(rs) != 1 || rs[0].Text != "Slutt her." {
		t.Errorf("%+v", rs)
	}
}

func TestMake(t *testing.T) {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	a, err := Make([]byte(page), day)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Make([]byte(page), day)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("other bytes the second time: %v", err)
	}
	if !bytes.Contains(a, []byte("/Lang (nb-NO)")) {
		t.Error("no language")
	}
	other, err := Make(bytes.Replace([]byte(page), []byte("12 tegn"), []byte("13 tegn"), 1), day)
	if err != nil || bytes.Equal(a, other) {
		t.Errorf("a number changes nothing: %v", err)
	}
	for _, bad := range []string{"", "<main>", "<main><p>no heading</p></main>"} {
		if _, err := Make([]byte(bad), day); !errors.Is(err, ErrNoMain) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
