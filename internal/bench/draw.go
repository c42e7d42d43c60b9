//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
)

// The sizes that the figures of lists speak of.
var (
	drawn   = gen.Shape{Branches: 5, Records: 50_080, First: 50_000, Lists: true}
	labeled = gen.Shape{Branches: 5, Records: 10_080, First: 10_000, Lists: true}
	empty   = gen.Shape{Branches: 10, Records: 400, First: 20, Lists: true}
)

const drawnColumns = 10 // of gen.AllColumns

// drawing: the secretariat takes everybody out, as a protected workbook. What it
// takes to find and open the records is measured beside it, and the rest is the
// list's own.
func (b *bench) drawing() ([]row, error) {
	s := b.shape(drawn)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	u, open, err := b.takenOut(r, func(out string) []string {
		return []string{"draw", "--unit", string(r.Branches[0].Unit), "--purpose", gen.AllColumns, "--out", out + ".xlsx", "--password-file", out + ".txt"}
	})
	if err != nil {
		return nil, err
	}
	loop, err := b.excelize(func(dir string) []string {
		return []string{"write", filepath.Join(dir, "loop.xlsx"), strconv.Itoa(s.First), strconv.Itoa(drawnColumns)}
	})
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("%d rows out as protected xlsx", s.First)
	b.note("draw, labels: without what it takes to open the same records, which is the figure below each; with the receipt")
	return []row{
		{figure: figure, got: cpu(max(0, u.cpu-open.cpu)), limit: cpu(3 * time.Second), beside: "bare excelize loop", other: cpu(loop.cpu)},
		{figure: "opening them", got: cpu(open.cpu)},
		{figure: figure + ", memory with it", got: size(u.rss), beside: "bare excelize loop", other: size(loop.rss)},
		{figure: figure + ", memory beyond opening them", got: size(max(0, u.rss-open.rss)), limit: size(200_000_000)},
	}, nil
}

// labelling: the secretariat prints a label for everybody.
func (b *bench) labelling() ([]row, error) {
	s := b.shape(labeled)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	u, open, err := b.takenOut(r, func(out string) []string {
		return []string{"labels", "--unit", string(r.Branches[0].Unit), "--purpose", gen.Labels, "--sheet", "3x8", "--out", out + ".pdf.age"}
	})
	if err != nil {
		return nil, err
	}
	return []row{
		{figure: fmt.Sprintf("%d labels", s.First), got: cpu(max(0, u.cpu-open.cpu)), limit: cpu(2 * time.Second)},
		{figure: "opening them", got: cpu(open.cpu)},
	}, nil
}

// takenOut is what it takes to run a command that takes a list out, and what it
// takes to open the same records and count them. Each run has a copy of its own.
func (b *bench) takenOut(r *gen.Register, command func(out string) []string) (u, open usage, err error) {
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return u, open, err
	}
	out := filepath.Join(filepath.Dir(dir), "out")
	if u, err = b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		fresh := fmt.Sprintf("%s-%d", dir, i)
		err := os.CopyFS(fresh, os.DirFS(dir))
		return b.medlem(b.ctx, fresh, key, command(fmt.Sprintf("%s-%d", out, i))...), err
	}); err != nil {
		return u, open, err
	}
	open, err = b.repeated(b.runs, func(int) (*exec.Cmd, error) { return b.medlem(b.ctx, dir, key, "report", "classes"), nil })
	return u, open, err
}

// importingMany: an officer brings a migration's list into her empty branch, with
// duplicates checked, beside a bare loop that reads as many rows of a workbook.
func (b *bench) importingMany() ([]row, error) {
	s := b.shape(empty)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	n := 20_000
	if b.quick {
		n /= 20
	}
	list := filepath.Join(b.dir, "many.csv")
	if err := os.WriteFile(list, migration(n), 0o600); err != nil {
		return nil, err
	}
	br := r.Branches[0]
	dir, key, err := b.copyOf(r, br.Keeper)
	if err != nil {
		return nil, err
	}
	u, err := b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		fresh := fmt.Sprintf("%s-%d", dir, i)
		err := os.CopyFS(fresh, os.DirFS(dir))
		return b.medlem(b.ctx, fresh, key, "import", list, "--unit", string(br.Unit), "--keep-duplicates"), err
	})
	if err != nil {
		return nil, err
	}
	book := filepath.Join(b.dir, "many.xlsx")
	if _, err := b.excelize(func(string) []string { return []string{"write", book, strconv.Itoa(n), "9"} }); err != nil {
		return nil, err
	}
	loop, err := b.excelize(func(string) []string { return []string{"read", book} })
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("import %d rows of csv, duplicates checked", n)
	return []row{
		{figure: figure, got: cpu(u.cpu), limit: cpu(6 * time.Second), beside: "bare excelize loop, reading", other: cpu(loop.cpu)},
		{figure: figure + ", memory", got: size(u.rss), limit: size(400_000_000), beside: "bare excelize loop, reading", other: size(loop.rss)},
	}, nil
}

// migration is a list of n invented people as an older register gives it: as many
// namesakes as a country has, and nobody twice.
func migration(n int) []byte {
	given := [...]string{"Kirsten", "Søren", "Åse", "Nils", "Máret", "Birgitta", "Øyvind", "Lærke", "Preben", "Hanne", "Åge", "Mats", "Ingeborg", "Björn", "Randi", "Jens", "Elle", "Torbjørn", "Gunilla"}
	family := [...]string{"Lund", "Nielsen", "Haugen", "Åsheim", "Hägg", "Skov", "Bach", "Moen", "Ødegård", "Dahl", "Kvåle", "Ängström", "Holm", "Sørbø", "Berg", "Lie", "Utsi", "Strand", "Vik", "Bakke", "Nygård", "Lindqvist", "Kjær"}
	places := [...]string{"4930;Maribo", "8000;Aarhus C", "1050;København K", "2200;København N", "5000;Odense C"}
	b := []byte("given name;family name;born;street;postal code;city;phone;e-mail;joined\n")
	for i := range n {
		x := uint32(i) * 2654435761 // of Knuth's multiplicative hash: spread, and the same each time
		born := time.Date(1935, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(x%27_000))
		b = fmt.Appendf(b, "%s;%s;%s;Kirkevej %d;%s;+45 %08d;p%d@example.dk;%d-03-26\n", given[x>>7%uint32(len(given))], family[x>>13%uint32(len(family))],
			born.Format(time.DateOnly), x>>3%180+1, places[x>>5%uint32(len(places))], 20_000_000+i*37, i, 1990+i%35)
	}
	return b
}

// excelize is what the bare loop takes.
func (b *bench) excelize(args func(dir string) []string) (usage, error) {
	program, err := b.build("./internal/bench/excelizepart")
	if err != nil {
		return usage{}, err
	}
	return b.repeated(b.runs, func(int) (*exec.Cmd, error) { return exec.CommandContext(b.ctx, program, args(b.dir)...), nil })
}
