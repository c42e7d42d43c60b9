package policy

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// Every command loads the policy: the standard one is to take less than 10 ms
// with the schemas compiled, one of 300 units less than 50 ms.
func BenchmarkLoad(b *testing.B) {
	files := standard(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Load(files); problems != nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkSchemas(b *testing.B) {
	for b.Loop() {
		readSchemas()
	}
}

func BenchmarkLoadUnits(b *testing.B) {
	for _, n := range []int{300, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := withUnits(standard(b), n)
			for b.Loop() {
				if _, problems := Load(files); problems != nil {
					b.Fatal(problems)
				}
			}
		})
	}
}

// withUnits returns the standard policy with n units.
func withUnits(files map[string][]byte, n int) map[string][]byte {
	var units bytes.Buffer
	units.WriteString("units:\n  - {id: national, level: national, name: N}\n")
	for i := 1; i < n; i++ {
		if i%20 == 1 {
			fmt.Fprintf(&units, "  - {id: r%d, level: region, name: Region %d, under: national}\n", i/20, i/20)
		} else {
			fmt.Fprintf(&units, "  - {id: b%d, level: branch, name: Branch %d, under: r%d}\n", i, i, (i-1)/20)
		}
	}
	text, problems := Compose(files["organisation.yaml"], "", units.Bytes())
	if problems != nil {
		panic(problems)
	}
	files["organisation.yaml"] = text
	return files
}

// BenchmarkLoadHostile holds the worst that one file of the largest size can
// cost.
func BenchmarkLoadHostile(b *testing.B) {
	const intro = "name: N\ncountry: \"NO\"\nlanguages: [en]\ncontact: x\nlevels: [{id: a, name: {en: A}}, {id: b, under: a, name: {en: B}}]\nunits:\n"
	for name, text := range map[string]string{
		"nested":       strings.Repeat("[", FileLimit),
		"wrong items":  "units:\n" + strings.Repeat("- x\n", FileLimit/4-2),
		"unknown keys": numbered("k%06d: 1\n", FileLimit/11),
		"parents":      intro + numbered("  - {id: u%d, level: b, name: U, under: v%[1]d}\n", 10_000),
		"chain":        intro + numbered("  - {id: u%d, level: b, name: U, under: u%[1]d}\n", 10_000),
		"comments":     strings.Repeat("#\n", FileLimit/2),
	} {
		b.Run(name, func(b *testing.B) {
			files := sample(b)
			files["organisation.yaml"] = []byte(text)
			for b.Loop() {
				if p, _ := Load(files); p != nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
