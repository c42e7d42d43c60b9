// Package procedures puts together what the published site is made of: the
// built-in pages and the organisation's own, and as data the policy, who holds
// which office where, main's history, the rules of the check and the help of the
// program. It needs no key, and nothing of what it makes says anything about a
// person: no name, no handle.
//
// Use [Assemble]; [sitepipe.Start] renders what it returns. docs/site.md has the
// shapes of the data.
package procedures

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// A Command is one command of the program, as its help says it, in one language.
type Command struct {
	Name, Use, Short, Long, Example string
	Flags                           []Flag
}

// A Flag is one of a command's flags.
type Flag struct{ Name, Text string }

// An Input is what a site is made of.
type Input struct {
	Repo   gitstore.Reader
	Loader *access.Loader
	Head   gitstore.ID  // the commit of main; zero: no register yet, policies alone
	Day    register.Day // of the build

	// Policies and Site, where they are not nil, stand in the place of those of
	// Head: what is being written and not in force. The files of Site go by their
	// path below site/.
	Policies, Site map[string][]byte

	// Commands returns the program's help in a language.
	Commands func(lang string) []Command

	// Places returns the places of the policy that a rule of the check comes from, a
	// star for every item of a list; nil: pages of rules show no values.
	Places func(rule string) []string

	// Strict refuses what is not decided yet. Reviews that are overdue are for the
	// renderer to find.
	Strict bool
}

// A Site is what the renderer gets, but for its address.
type Site struct {
	Title     string
	Languages []string // the organisation's own first
	Address   string   // as the policy states it; "" nowhere
	Files     []sitepipe.Frame
	Warnings  []string // one line each, of what is not decided
}

// ErrNoContact: the organisation names nobody to turn to.
var ErrNoContact = errors.New("organisation.yaml names no contact: every page says where to turn")

// OpenError lists what is not decided yet, where that is refused.
type OpenError struct{ Open []policy.Open }

func (e *OpenError) Error() string {
	o := e.Open[0]
	return fmt.Sprintf("policies/%s:%d: not decided yet, as %d in all", o.File, o.Line, len(e.Open))
}

// PolicyError is a policy that no site can be made of.
type PolicyError struct{ Problems []policy.Problem }

func (e *PolicyError) Error() string { return "policies/" + e.Problems[0].String() }

// Assemble puts a site together. The same input gives the same output.
func Assemble(in Input) (*Site, error) {
	t, err := newTelling(in)
	if err != nil {
		return nil, err
	}
	p := t.policy
	if strings.TrimSpace(p.Contact) == "" {
		return nil, ErrNoContact
	}
	site := &Site{Title: p.Organisation.Name, Languages: slices.Clone(p.Languages), Address: p.Site}
	open := policy.Undecided(t.files)
	if in.Strict && len(open) > 0 {
		return nil, &OpenError{open}
	}
	for _, o := range open {
		site.Warnings = append(site.Warnings, fmt.Sprintf("policies/%s:%d: %s: not decided yet; the pages say so", o.File, o.Line, o.Path))
	}
	typed, err := t.typed()
	if err != nil {
		return nil, err
	}
	if in.Strict && len(typed) > 0 {
		return nil, &TypedError{typed}
	}
	for _, x := range typed {
		site.Warnings = append(site.Warnings, x.String())
	}
	h, err := t.history()
	if err != nil {
		return nil, err
	}
	pages, err := t.pages(h)
	if err != nil {
		return nil, err
	}
	offices, err := t.offices()
	if err != nil {
		return nil, err
	}
	past, err := t.earlier(pages)
	if err != nil {
		return nil, err
	}
	all := map[string]any{
		"policy": t.values(), "offices": offices, "history": h, "findings": t.findings(), "help": t.help(), "contact": t.contact(), "handouts": map[string]bool{"pages": true},
	}
	if len(past) > 0 {
		all["past"] = past
	}
	if members := t.memberPages(); members != nil {
		all["pages"] = members
		pages["static/"+RecipientsName] = members.recipientsFile()
	}
	pages["static/"+SignersName] = sitepipe.Frame{Body: t.signers()}
	for name, v := range all {
		b, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			return nil, err
		}
		pages["data/"+name+".json"] = sitepipe.Frame{Body: b}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		f := pages[name]
		f.Name = name
		site.Files = append(site.Files, f)
	}
	return site, nil
}

// telling is a site that is being put together.
type telling struct {
	Input
	state  *access.State
	policy *policy.Policy
	files  map[string][]byte            // the policy files
	hidden []string                     // units that nothing published names
	all    []policy.Value               // without these
	names  map[string]map[string]string // by path: what it is called, by language

	editions []edition // earlier ones of procedures, newest first
}

func newTelling(in Input) (*telling, error) {
	t := &telling{Input: in, files: in.Policies, state: &access.State{}}
	if !in.Head.IsZero() {
		c, err := gitstore.ReadCommit(in.Repo, in.Head)
		if err != nil {
			return nil, err
		}
		if t.state, err = in.Loader.At(c.Tree); err != nil {
			return nil, err
		}
		if t.files == nil {
			if t.files, err = policyFiles(in.Repo, c.Tree); err != nil {
				return nil, err
			}
		}
	}
	p, problems := policy.LoadPack(t.files)
	if p == nil {
		return nil, &PolicyError{problems}
	}
	t.policy, t.state = p, t.state.With(p)
	t.all = policy.Values(t.files)
	t.hidden = hiddenIn(t.all)
	t.all = public(t.all, t.hidden)
	t.names = namesOf(t.all)
	return t, nil
}

// policyFiles reads the policy files of a tree.
func policyFiles(r gitstore.Reader, tree gitstore.ID) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, name := range policy.AllFiles() {
		e, ok, err := gitstore.Find(r, tree, "policies/"+name)
		if err != nil {
			return nil, err
		}
		if !ok || e.Mode != gitstore.ModeFile {
			continue
		}
		if out[name], err = blob(r, e.ID, policy.FileLimit); err != nil {
			return nil, fmt.Errorf("read policies/%s: %w", name, err)
		}
	}
	return out, nil
}

// blob reads a file of at most limit bytes.
func blob(r gitstore.Reader, id gitstore.ID, limit int64) ([]byte, error) {
	kind, b, err := r.Object(id)
	if err != nil {
		return nil, err
	}
	if kind != gitstore.Blob || int64(len(b)) > limit {
		return nil, fmt.Errorf("not a file of at most %d bytes", limit)
	}
	return b, nil
}

type contactJSON struct {
	Email      string            `json:"email,omitempty"`
	Recipients []string          `json:"recipients"`
	Merges     map[string]string `json:"merges,omitempty"` // who judges what is sent in, as within a sentence
}

// contact is where members and officers turn, and to whom they seal what they
// send. The recipients are sorted, so that their order tells nothing.
func (t *telling) contact() contactJSON {
	out := contactJSON{Recipients: []string{}}
	for _, s := range []string{t.policy.Contact, t.policy.Lists.Intake.Address} {
		if a, err := mail.ParseAddress(s); err == nil && a.Name == "" && out.Email == "" {
			out.Email = a.Address
		}
	}
	out.Recipients = append(out.Recipients, t.state.Recipients(t.state.Secretariat(t.Day))...)
	slices.Sort(out.Recipients)
	out.Recipients = slices.Compact(out.Recipients)
	if i := slices.IndexFunc(t.policy.Offices, func(o policy.Office) bool { return o.Can(policy.ActMerge) }); i >= 0 {
		o := t.policy.Offices[i]
		out.Merges = t.everywhere(o.Name, o.ID)
		for lang, name := range out.Merges {
			out.Merges[lang] = withinSentence(name, t.policy.Organisation.Name)
		}
	}
	return out
}

// withinSentence is the name of an office as it stands within a sentence: without its
// capital, unless that begins a name, of the organisation's or in capitals throughout.
func withinSentence(name, organisation string) string {
	first, _, _ := strings.Cut(name, " ")
	r := []rune(first)
	if len(r) < 2 || unicode.IsUpper(r[1]) {
		return name
	}
	for word := range strings.FieldsSeq(organisation) {
		if len([]rune(word)) > 3 && strings.HasPrefix(first, word) {
			return name
		}
	}
	return string(unicode.ToLower(r[0])) + name[len(string(r[0])):]
}

type seatsJSON struct {
	ID    string            `json:"id"`
	Name  map[string]string `json:"name"`
	Held  int               `json:"held"`
	Min   int               `json:"min"`
	Max   int               `json:"max"`
	Since register.Day      `json:"since,omitempty"`
}

type unitJSON struct {
	ID      register.UnitID `json:"id"`
	Name    string          `json:"name"`
	Level   string          `json:"level"`
	Offices []seatsJSON     `json:"offices"`
}

type officesJSON struct {
	Units []unitJSON `json:"units"`
}

// offices says how many hold which office where, and since when somebody of them
// does.
func (t *telling) offices() (officesJSON, error) {
	out := officesJSON{Units: []unitJSON{}}
	for _, u := range t.policy.Units {
		if u.Protected {
			continue // no public page names it
		}
		x := unitJSON{ID: u.ID, Name: u.Name, Level: u.Level, Offices: []seatsJSON{}}
		for _, o := range t.policy.Offices {
			if o.Level != u.Level {
				continue
			}
			s, err := t.seats(u.ID, o.ID)
			if err != nil {
				return out, err
			}
			one := seatsJSON{ID: o.ID, Name: t.everywhere(o.Name, o.ID), Held: s.Held, Min: s.Min, Max: s.Max}
			for _, g := range t.state.Holders(u.ID, o.ID, t.Day) {
				if one.Since == "" || g.From < one.Since {
					one.Since = g.From
				}
			}
			x.Offices = append(x.Offices, one)
		}
		if len(x.Offices) > 0 {
			out.Units = append(out.Units, x)
		}
	}
	return out, nil
}

// seats are those of an office in a unit; without a register all are free.
func (t *telling) seats(u register.UnitID, office string) (access.Seats, error) {
	if t.Head.IsZero() {
		o, _ := t.policy.Office(office)
		return access.Seats{Min: o.Seats.Min, Max: o.Seats.Max}, nil
	}
	return t.state.Seats(u, office, t.Day)
}

type ruleJSON struct {
	ID     string            `json:"id"`
	Means  map[string]string `json:"means"`
	WayOut map[string]string `json:"way_out"`
	Places []ruleValueJSON   `json:"places,omitempty"`
}

// ruleValueJSON is a value of the policy that a rule holds everybody to.
type ruleValueJSON struct {
	Path string            `json:"path"`
	Text map[string]string `json:"text"`
}

type findingsJSON struct {
	Areas []string   `json:"areas"`
	Rules []ruleJSON `json:"rules"`
}

// findings are the rules of the check.
func (t *telling) findings() findingsJSON {
	out := findingsJSON{Areas: []string{}, Rules: []ruleJSON{}}
	for _, r := range check.Rules() {
		area, _, _ := strings.Cut(r.ID, "/")
		if !slices.Contains(out.Areas, area) {
			out.Areas = append(out.Areas, area)
		}
		x := ruleJSON{r.ID, map[string]string{}, map[string]string{}, t.enforces(r.ID)}
		for _, l := range t.policy.Languages {
			x.Means[l], x.WayOut[l] = sentence(RuleText(r.Means, l)), sentence(RuleText(r.WayOut, l))
		}
		out.Rules = append(out.Rules, x)
	}
	return out
}

// enforces lists the numbers, days and truth values of the policy that a rule comes
// from.
func (t *telling) enforces(rule string) []ruleValueJSON {
	if t.Places == nil {
		return nil
	}
	var out []ruleValueJSON
	for _, place := range t.Places(rule) {
		for _, v := range t.all {
			switch v.Plain.(type) {
			case int64, bool:
			default:
				if !v.Day {
					continue
				}
			}
			if v.Place == place || strings.HasPrefix(v.Place, place+".") {
				out = append(out, ruleValueJSON{v.Path, t.each(func(l string) string { return t.placeText(v.Path, t.names, l) })})
			}
		}
	}
	return out
}

// sentence begins with a capital letter, as text on a page does.
func sentence(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

type flagJSON struct {
	Name string            `json:"name"`
	Text map[string]string `json:"text"`
}

type commandJSON struct {
	Name    string            `json:"name"`
	Use     string            `json:"use"`
	Short   map[string]string `json:"short"`
	Long    map[string]string `json:"long"`
	Example string            `json:"example"`
	Flags   []flagJSON        `json:"flags"`
}

type helpJSON struct {
	Commands []commandJSON `json:"commands"`
}

// help is the program's, by command.
func (t *telling) help() helpJSON {
	out := helpJSON{Commands: []commandJSON{}}
	for n, lang := range t.policy.Languages {
		for i, c := range t.Commands(lang) {
			if n == 0 {
				out.Commands = append(out.Commands, commandJSON{Name: c.Name, Use: c.Use, Example: c.Example,
					Short: map[string]string{}, Long: map[string]string{}, Flags: []flagJSON{}})
			}
			x := &out.Commands[i]
			x.Short[lang], x.Long[lang] = sentence(c.Short), c.Long
			for j, f := range c.Flags {
				if n == 0 {
					x.Flags = append(x.Flags, flagJSON{f.Name, map[string]string{}})
				}
				x.Flags[j].Text[lang] = f.Text
			}
		}
	}
	return out
}
