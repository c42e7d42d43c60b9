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

// The largest pack with 300 units is to take less than 50 ms.
func BenchmarkLoadPack(b *testing.B) {
	largest, size := "", 0
	for _, name := range Packs() {
		files, _ := Pack(name)
		n := 0
		for _, text := range files {
			n += len(text)
		}
		if n > size {
			largest, size = name, n
		}
	}
	files, ok := Pack(largest)
	if !ok {
		b.Fatal("no pack")
	}
	b.Run(largest, func(b *testing.B) {
		files["organisation.yaml"] = packUnits(b, files, 300)
		for b.Loop() {
			if p, problems := LoadPack(files); problems != nil || len(p.Units) != 300 {
				b.Fatal(problems)
			}
		}
	})
}

// packUnits returns a pack's organisation.yaml with its units made n: half of them
// on the levels between, the others on the lowest.
func packUnits(t testing.TB, files map[string][]byte, n int) []byte {
	p, problems := LoadPack(files)
	if problems != nil {
		t.Fatal(problems)
	}
	root := *p.Root()
	if root.ID == "" {
		root = Unit{ID: "root", Level: p.Levels[0].ID, Name: "R"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "units:\n  - {id: %s, level: %s, name: N}\n", root.ID, root.Level)
	under := map[string]string{root.Level: string(root.ID)} // level → a unit of it
	for i := 1; i < n; i++ {
		l := p.Levels[1+min(i*(len(p.Levels)-1)/n, len(p.Levels)-2)]
		above := under[l.Under]
		under[l.ID] = fmt.Sprintf("made-%d", i)
		fmt.Fprintf(&b, "  - {id: made-%d, level: %s, name: Unit %d, under: %s}\n", i, l.ID, i, above)
	}
	text, problems := Compose(files["organisation.yaml"], "", []byte(b.String()))
	if problems != nil {
		t.Fatal(problems)
	}
	return text
}

// BenchmarkLoadConditions holds the worst that the conditions of a file can cost.
func BenchmarkLoadConditions(b *testing.B) {
	for name, when := range map[string]string{"right": "unit.members > 200", "wrong": "unit.membrs > 200"} {
		b.Run(name, func(b *testing.B) {
			files := full(b)
			var more strings.Builder
			for range 20 {
				fmt.Fprintf(&more, "{max: 9, when: %s}, ", when)
			}
			var offices strings.Builder
			for i := range 90 {
				fmt.Fprintf(&offices, "  - {id: made-%d, name: {nb: x}, level: branch, scope: own, may: [read], statute: s4, seats: {min: 0, max: 1, falling-back: end, more: [%s]}}\n", i, more.String())
			}
			change(b, files, "access.yaml", "limits: {files: 1000}\n", "")
			files["access.yaml"] = append(files["access.yaml"], offices.String()...)
			for b.Loop() {
				if p, problems := Load(files); (p == nil) != (name == "wrong") {
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
