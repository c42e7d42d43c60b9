package report

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// picture is what a browser shows of a chart to who reads light pages (1) or dark
// ones (0), 760 by 400.
func picture(t *testing.T, svg []byte, scheme string) image.Image {
	t.Helper()
	slow.Test(t)
	chromium := slow.Tool(t, "chromium")
	dir := t.TempDir()
	page, shot := filepath.Join(dir, "chart.html"), filepath.Join(dir, "chart.png")
	// As the file on its own: within a page it would take that page's colour.
	html := `<html><meta name="color-scheme" content="light dark"><body style="margin:0"><img src="chart.svg" width="720"></body></html>`
	for path, b := range map[string][]byte{filepath.Join(dir, "chart.svg"): svg, page: []byte(html)} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--blink-settings=preferredColorScheme="+scheme, "--window-size=760,400", "--screenshot="+shot, "file://"+page).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func light(c color.Color) int { return int(color.GrayModel.Convert(c).(color.Gray).Y) }

// A chart can be read by who reads light pages and by who reads dark ones: text and
// both series stand out from the ground and the series from each other, and nothing
// goes beyond the picture.
func TestChartPicture(t *testing.T) {
	c := &Chart{Lang: "nb", Title: "Inn- og utmeldinger", Note: "–: vises ikke. Per 2026-11-22.", Series: []string{"Inn", "Ut"}, Hidden: "–", Said: "vises ikke",
		Rows: []Bars{{"Kárášjohka og Guovdageaidnu lokallag", []Count{{N: 123456}, {N: 99999}}}, {"Asker", []Count{{Hidden: true}, {N: 0}}}}}
	for scheme, dark := range map[string]bool{"1": false, "0": true} {
		m := picture(t, c.SVG(), scheme)
		ground := light(m.At(3, 3))
		if (ground < 128) != dark {
			t.Fatalf("scheme %s: the ground is %d", scheme, ground)
		}
		seen := map[int]int{}
		for y := range 200 {
			for x := range 720 {
				l := light(m.At(x, y))
				if seen[l]++; (x < 8 || x > 712) && max(l, ground)-min(l, ground) > 8 {
					t.Fatalf("scheme %s: something stands at %d, %d, beyond the picture's margin", scheme, x, y)
				}
			}
		}
		// The two series are the commonest shades besides the ground.
		first, second := commonest(seen, ground, -1), 0
		second = commonest(seen, ground, first)
		if abs(first-second) < 40 || abs(first-ground) < 25 || abs(second-ground) < 15 {
			t.Errorf("scheme %s: ground %d, series %d and %d", scheme, ground, first, second)
		}
		text := 255
		if !dark {
			text = 0
		}
		if n := seen[text]; n < 100 {
			t.Errorf("scheme %s: %d points of text", scheme, n)
		}
	}
}

func commonest(seen map[int]int, but, and int) (shade int) {
	n := 0
	for l, k := range seen {
		if abs(l-but) > 8 && (and < 0 || abs(l-and) > 8) && k > n {
			shade, n = l, k
		}
	}
	return shade
}

func abs(n int) int { return max(n, -n) }
