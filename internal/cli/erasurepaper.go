package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// erasurePapers is the folder into which each erased member's paper goes.
type erasurePapers struct {
	s     *session
	dir   string   // "": nobody asked for papers
	files []string // written
}

// erasurePapers makes the folder, which must be new, before anything is changed.
func (s *session) erasurePapers(dir string) (*erasurePapers, error) {
	p := &erasurePapers{s: s, dir: dir}
	if dir == "" {
		return p, nil
	}
	if err := s.discreet(dir); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if os.IsExist(err) {
			return nil, refused(s.tr("{{.Path}} exists already", "Path", dir), s.tr("choose the name of a new folder"))
		}
		return nil, err
	}
	return p, nil
}

// give is desk.Papers. It is called again where another push came between.
func (p *erasurePapers) give(all []*desk.ErasureReceipt) error {
	if p.dir == "" {
		return nil
	}
	p.clean()
	genesis, _ := p.s.Verified()
	for _, x := range all {
		if err := p.write(x, genesis); err != nil {
			return err
		}
	}
	return nil
}

func (p *erasurePapers) write(x *desk.ErasureReceipt, genesis gitstore.ID) error {
	paper := x.PaperOf(genesis)
	a := *p.s.app
	a.texts = newTexts(x.Lang)
	pdf, err := a.erasurePDF(p.s.Policy(), paper)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		ending string
		b      []byte
	}{{".yaml", paper.Encode()}, {".pdf", pdf}} {
		path := filepath.Join(p.dir, string(x.ID)+f.ending)
		file, err := p.s.newFile(path)
		if err != nil {
			return err
		}
		p.files = append(p.files, path)
		if err := fill(file, f.b); err != nil {
			return err
		}
	}
	return nil
}

// clean takes away what was written.
func (p *erasurePapers) clean() {
	for _, f := range p.files {
		_ = os.Remove(f)
	}
	p.files = nil
}

// drop takes away the papers of an erasure that did not come about.
func (p *erasurePapers) drop() {
	p.clean()
	if p.dir != "" {
		_ = os.Remove(p.dir)
	}
}

// written is the folder, "" where nothing was written.
func (p *erasurePapers) written() string {
	if len(p.files) == 0 {
		return ""
	}
	return p.dir
}

// erasurePDF prints a statement of an erasure, or a member's paper, in the language of a.
func (a *app) erasurePDF(p *policy.Policy, x *access.ErasureStatement) ([]byte, error) {
	day, err := time.Parse(time.DateOnly, string(a.statementDay(x)))
	if err != nil {
		return nil, err
	}
	return label.PrintHandout(label.Document{Created: day, Title: a.tr("Receipt of an erasure"), Lang: a.texts.in}, a.erasureHandout(p, x))
}

func (a *app) statementDay(x *access.ErasureStatement) register.Day {
	if x.Signed() {
		return x.Issued
	}
	return x.Tombstone.Day
}

func (a *app) erasureHandout(p *policy.Policy, x *access.ErasureStatement) label.Handout {
	h := label.Handout{Title: a.tr("Receipt of an erasure"),
		Lead: a.tr("On {{.Day}} the record {{.ID}} was erased from the register. This paper names nobody.", "Day", x.Tombstone.Day, "ID", x.ID),
		Foot: string(x.ID), AtMost: 1}
	facts := [][]string{{a.tr("Record"), string(x.ID)}, {a.tr("Unit"), unitName(p, x.Unit)}, {a.tr("Reason for ending"), a.ruleName(p, x.Tombstone.Rule)},
		{a.tr("The register begins with"), x.Genesis}, {a.tr("Erased by"), x.Commit}}
	if x.Secret != "" {
		facts = append(facts, []string{a.tr("Your secret"), x.Secret})
	}
	if x.Signed() {
		facts = append(facts, []string{a.tr("Issued"), string(x.Issued) + ", " + string(x.By)})
	}
	add := func(kind label.BlockKind, text string) { h.Blocks = append(h.Blocks, plainBlock(kind, text)) }
	h.Blocks = append(h.Blocks, label.Block{Kind: label.Facts, Rows: facts})
	if x.Receipt != nil {
		add(label.Heading, a.tr("What was destroyed"))
		for _, line := range a.destroyedLines(x.Receipt) {
			add(label.Item, line)
		}
	}
	add(label.Heading, a.tr("What remains, and until when"))
	for _, line := range a.remainsLines(p, x.Receipt) {
		add(label.Item, line)
	}
	add(label.Heading, a.tr("How far the erasure reaches"))
	for i, line := range a.stepLines(x) {
		h.Blocks = append(h.Blocks, label.Block{Kind: label.Item, Number: i + 1, Runs: []label.Run{{Text: line}}})
	}
	add(label.Heading, a.tr("How to check it"))
	if x.Secret != "" {
		add(label.Text, a.tr("Whoever has a copy of the register, and no key, can compare: medlem erasure verify {{.ID}}.yaml. The secret shows that this receipt is yours; it opens nothing, and nobody else has it. Ask the organisation for a signed statement whenever you need one.", "ID", x.ID))
	} else {
		add(label.Text, a.tr("The statement is a text file with a signature beside it. ssh-keygen -Y verify checks it with the organisation's published keys; medlem erasure verify also compares it with a copy of the register."))
	}
	return h
}

func plainBlock(kind label.BlockKind, text string) label.Block {
	return label.Block{Kind: kind, Runs: []label.Run{{Text: text}}}
}

// ruleName is what the policy calls the rule of a tombstone.
func (a *app) ruleName(p *policy.Policy, rule string) string {
	if r, ok := p.Reason(rule); ok {
		return a.label(p, r.Name, rule)
	}
	return rule
}

// destroyedLines says what an erasure destroyed.
func (a *app) destroyedLines(r *access.Receipt) []string {
	var out []string
	for _, x := range []struct {
		n    int
		line string
	}{
		{r.Keys, a.trn(r.Keys, "the key of the record", "{{.N}} keys of the record")},
		{r.Versions, a.trn(r.Versions, "the key of {{.N}} older version", "the keys of {{.N}} older versions")},
		{r.Pages, a.trn(r.Pages, "the secret of the member's own page", "{{.N}} secrets of the member's own page")},
		{r.Tokens, a.trn(r.Tokens, "what recognised the member as one person, in {{.N}} unit", "what recognised the member as one person, in {{.N}} units")},
		{r.Requests, a.trn(r.Requests, "{{.N}} request about the member", "{{.N}} requests about the member")},
		{r.Lists, a.trn(r.Lists, "the member's name in {{.N}} list that was kept", "the member's name in {{.N}} lists that were kept")},
		{r.Activities, a.trn(r.Activities, "the member's name in {{.N}} activity", "the member's name in {{.N}} activities")},
	} {
		if x.n > 0 {
			out = append(out, x.line)
		}
	}
	var units []string
	for _, k := range r.Keyrings {
		units = append(units, fmt.Sprintf("%s (%d → %d)", k.Unit, k.Before, k.After))
	}
	return append(out, a.tr("Keyrings replaced: {{.Units}}", "Units", strings.Join(units, ", ")))
}

// remainsLines says what else may be kept.
func (a *app) remainsLines(p *policy.Policy, r *access.Receipt) []string {
	out := []string{a.tr("The register keeps this id, the day and the reason, so that the id is never used again and old copies are refused.")}
	if r == nil || len(r.Remains) == 0 {
		return append(out, a.tr("The policy names no other kind of data that is kept longer."))
	}
	for _, x := range r.Remains {
		name := a.dataKind(p, x.Kind)
		if x.Last == "" {
			out = append(out, a.tr("{{.Kind}}: kept for good", "Kind", name))
		} else {
			out = append(out, a.tr("{{.Kind}}: until {{.Day}}, as far as there is any", "Kind", name, "Day", x.Last))
		}
	}
	return out
}

// dataKind is what the policy calls a kind of data.
func (a *app) dataKind(p *policy.Policy, kind string) string {
	if k, ok := p.Kind(kind); ok {
		return a.label(p, k.Name, kind)
	}
	return kind
}

// stepLines says which of the three steps of an erasure are reached.
func (a *app) stepLines(x *access.ErasureStatement) []string {
	out := []string{a.tr("In the register no key to the record is left. This is reached.")}
	if !x.Signed() {
		return append(out, a.tr("The server must forget the keyrings that were replaced. Whoever keeps it does that; a statement says whether it is known."),
			a.tr("Old copies can be opened with old keys until everybody who could read the record has destroyed the keys of that time and signed that it is so. A statement says who has not. It is attestation: who keeps a key in secret has kept it."))
	}
	switch x.Server {
	case access.ServerForgotten:
		out = append(out, a.tr("The server has forgotten the keyrings that were replaced, as far as the signer knows."))
	case access.ServerHolds:
		out = append(out, a.tr("The server still holds keyrings that were replaced."))
	default:
		out = append(out, a.tr("Whether the server has forgotten the keyrings that were replaced is not known to the signer."))
	}
	if len(x.Waiting) == 0 {
		return append(out, a.tr("Everybody who could read the record has signed that the keys of that time are destroyed. It is attestation, not proof."))
	}
	seen := map[register.Handle]bool{}
	for _, w := range x.Waiting {
		seen[w.Handle] = true
	}
	return append(out, a.trn(len(seen), "{{.N}} of those who could read the record has not yet signed that the keys of that time are destroyed.",
		"{{.N}} of those who could read the record have not yet signed that the keys of that time are destroyed."))
}

// printStatement prints what a statement says.
func (a *app) printStatement(w io.Writer, p *policy.Policy, x *access.ErasureStatement) {
	fmt.Fprintln(w, a.tr("{{.ID}}, {{.Unit}}, erased {{.Day}}", "ID", x.ID, "Unit", unitName(p, x.Unit), "Day", x.Tombstone.Day))
	if x.Receipt != nil {
		for _, line := range a.destroyedLines(x.Receipt) {
			fmt.Fprintln(w, "  "+line)
		}
	}
	for _, line := range a.remainsLines(p, x.Receipt) {
		fmt.Fprintln(w, "  "+line)
	}
	for i, line := range a.stepLines(x) {
		fmt.Fprintf(w, "  %d. %s\n", i+1, line)
	}
}
