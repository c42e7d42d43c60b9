package site

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/slow"
)

// foldWords are words to fold: names of the North, written in every way that keyboards,
// registers and mail programs write them, and what stands between them.
func foldWords() []string {
	words := strings.Fields(`Åse Aase Ǻse ÅSE A\u030ase a\u030a aa AA Aa Kvåle Kvaale kva\u030ale Ærø Aerø Aeroe Æ\u0301r Ødegård Oedegaard O\u0308degård
		Østby Öst\u0062y O\u0308stby Vestergård-Sørensen Bjørn Björn Bjoern Bjo\u0338rn Ärlig A\u0308rlig Aerlig Aaen Aa\u030aen Aae Oee Ooe Øe Œuvre Þór Þorláksdóttir Guðrún Eiður
		Kárášjohka Guovdageaidnu Unjárga Ŋuorta Deatnu Čáhppesgáisá Ŧorfin Đurđa Áillohaš Ánte Máhtte Sárá Issát Ǥ Ǧ Ǩ Ʒ Ǯ Eʹmm Måns Gösta Håkan Zoë Chloë René Renée André Müller Strauß STRAUẞ
		Łukasz Żółć Şükrü İbrahim Iır ıI Ħal ĸal Nguyễn Trần Đặng José Peña Ağa Øyvør øyvør OEYVOER oeyvoer 012 ٣٤ ½ ² ³ª º ﬁn Ⅳ ｆｕｌｌ ㎏ K Å ſ ΟΔΥΣΣΕΥΣ Σ ς Игорь Йозеф Ёлка`)
	for i, w := range words {
		var s string
		if err := json.Unmarshal([]byte(`"`+w+`"`), &s); err == nil {
			words[i] = s
		}
	}
	for _, between := range []string{" ", "-", "  ", "’", "'", ".", "/", "\u00a0", "\u200b", "\u00ad", "\u2011", "\ufeff", "\u202e", "\t\n", "_", "&", "·", "1", "\u0301", "\u20e3"} {
		words = append(words, "a"+between+"e", "o"+between+"e", "Anna"+between+"Åse", between+"Bo"+between, "Ǿ"+between+"ý")
	}
	const letters = "aAåÅäÄæÆeEoOöÖøØœŒáàâéèüýðþß"
	for _, a := range letters {
		for _, b := range letters {
			words = append(words, fmt.Sprintf("%c%c", a, b))
		}
	}
	return append(words, "", " ", "🦆and", "e\u0301\u0302\u0323", "\u0130\u0307", "a\u0308e", "\u1e9e", "\U0001d49c", "한국", "日本 太郎")
}

// The search on an officer's page folds as the program does, which writes what it
// searches: each word gives the same in the browser.
func TestBrowserFold(t *testing.T) {
	slow.Test(t)
	made := api.Build(api.BuildOptions{EntryPoints: []string{"../../tools/bundle/fold.ts"}, Bundle: true, Format: api.FormatIIFE, GlobalName: "folding", Target: api.ES2022, LogLevel: api.LogLevelSilent})
	if len(made.Errors) > 0 {
		t.Fatal(made.Errors[0].Text)
	}
	words := foldWords()
	given, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	ctx, _ := browser(t, &built{files: map[string]string{"_headers": "  Content-Security-Policy: default-src 'none'"}})
	got := js[[]string](t, ctx, string(made.OutputFiles[0].Contents)+`;`+string(given)+`.map(folding.fold)`)
	if len(got) != len(words) || len(words) < 900 {
		t.Fatalf("%d of %d words", len(got), len(words))
	}
	for i, w := range words {
		if want := record.Fold(w); got[i] != want {
			t.Errorf("%q (%+q) is %q in the browser, %q in the program", w, w, got[i], want)
		}
	}
}
