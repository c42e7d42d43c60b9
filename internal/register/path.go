package register

import (
	"fmt"
	"strings"
)

// Kind says what lies at a path of a register.
type Kind int

// The kinds of paths (docs/format.md, Layout).
const (
	Unknown      Kind = iota
	Policy            // policies/…
	Site              // site/…
	Workflow          // .github/…
	Officer           // data/officers/<handle>.yaml
	RecoveryFile      // data/officers/recovery.yaml
	Keyring           // data/<unit>/keyring.yaml
	Member            // data/<unit>/members/<c>/<id>.yaml.age
	Closed            // data/<unit>/erase/<YYYY-MM>/<id>.yaml.age
	Tombstone         // data/<unit>/erased/<YYYY>/<id>.yaml
	Activity          // data/<unit>/activities/<YYYY-MM-DD>/<id>.yaml.age
	Request           // data/<unit>/requests/<id>.yaml.age
	Envelope          // data/<unit>/envelopes/<id>.age
	Grant             // data/<unit>/grants/<handle>.yaml
	Evidence          // data/<unit>/evidence/<id>.age
	Draw              // data/<unit>/draws/<YYYY-MM-DD>/<id>.yaml
	Sending           // data/<unit>/sendings/<YYYY-MM>/<id>.yaml
	Receipt           // data/<unit>/receipts/<id>.yaml
	Review            // data/<unit>/reviews/<YYYY-MM-DD>.yaml
	DrawList          // data/<unit>/draws/<YYYY-MM-DD>/<id>.age
	Run               // data/<unit>/runs/<YYYY-MM-DD>/<id>.yaml
	RunList           // data/<unit>/runs/<YYYY-MM-DD>/<id>.age
	Mail              // data/<unit>/mail/<YYYY-MM-DD>/<id>.yaml
	Ledger            // data/<unit>/dues/<YYYY>/<id>.yaml.age
	SendingList       // data/<unit>/sendings/<YYYY-MM>/<id>.age
)

var kindNames = [...]string{"unknown", "policy", "site", "workflow", "officer", "recovery", "keyring", "member", "closed", "tombstone",
	"activity", "request", "envelope", "grant", "evidence", "draw", "sending", "receipt", "review", "draw-list", "run", "run-list", "mail", "ledger", "sending-list"}

func (k Kind) String() string { return kindNames[k] }

// Sealed tells whether a file of this kind is one record: an age file with a
// single scrypt stanza. Envelopes and the lists of runs are sealed too, but to recipients.
func (k Kind) Sealed() bool {
	switch k {
	case Member, Closed, Activity, Request, Evidence, DrawList, SendingList, Ledger:
		return true
	}
	return false
}

// Path is a path of a register, taken apart. Only the fields that the kind has
// are set.
type Path struct {
	Kind   Kind
	Unit   UnitID
	ID     RecordID
	Handle Handle
	Day    Day    // Activity, Draw, DrawList, Run, RunList, Review, Mail
	Month  Month  // Closed, Sending, SendingList
	Year   string // Tombstone, Ledger
	Rest   string // Policy, Site, Workflow: the path below the folder
}

// PathLimit is the length in bytes of the longest path of a register.
const PathLimit = 200

// ParsePath takes a path apart, or says why no rule of the layout covers it.
func ParsePath(s string) (Path, error) {
	if len(s) > PathLimit {
		return Path{}, fmt.Errorf("path of %d bytes: want at most %d", len(s), PathLimit)
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || strings.IndexByte(`\:*?"<>|`, s[i]) >= 0 {
			return Path{}, fmt.Errorf("path %q: byte %d is not allowed", clip(s), i)
		}
	}
	seg := strings.Split(s, "/")
	for _, n := range seg {
		if device(n) {
			return Path{}, fmt.Errorf("path %q: part %q is the name of a device on Windows", clip(s), clip(n))
		}
		if n == "" || n == "." || n == ".." || strings.HasSuffix(n, ".") || strings.EqualFold(n, ".git") {
			return Path{}, fmt.Errorf("path %q: part %q is not allowed", clip(s), clip(n))
		}
	}
	if len(seg) > 1 {
		switch seg[0] {
		case "policies", "site", ".github":
			return parseOpen(s, seg)
		case "data":
			return parseData(s, seg)
		}
	}
	return Path{}, fmt.Errorf("path %q: not a part of a register", clip(s))
}

// device tells whether Windows takes a name for one of a device, whatever stands
// after its first dot.
func device(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	switch len(stem) {
	case 3, 4: // con, nul, com1
		return devices[strings.ToLower(stem)]
	case 6, 7:
		return strings.EqualFold(stem, "conin$") || strings.EqualFold(stem, "conout$")
	}
	return false
}

func parseOpen(s string, seg []string) (Path, error) {
	p := Path{Rest: strings.Join(seg[1:], "/")}
	switch seg[0] {
	case "policies":
		p.Kind = Policy
		if !strings.HasSuffix(s, ".yaml") {
			return Path{}, fmt.Errorf("path %q: policies are .yaml files", clip(s))
		}
	case "site":
		p.Kind = Site
	case ".github":
		p.Kind = Workflow
	}
	if s != strings.ToLower(s) && p.Kind != Site && p.Kind != Workflow {
		return Path{}, fmt.Errorf("path %q: want lower case", clip(s))
	}
	return p, nil
}

func parseData(s string, seg []string) (Path, error) {
	if len(seg) < 3 {
		return Path{}, unknownPlace(s)
	}
	if seg[1] == "officers" {
		name, ok := strings.CutSuffix(seg[2], ".yaml")
		if !ok || len(seg) != 3 {
			return Path{}, unknownPlace(s)
		}
		if name == string(Recovery) {
			return Path{Kind: RecoveryFile, Handle: Recovery}, nil
		}
		h, err := ParseHandle(name)
		return Path{Kind: Officer, Handle: h}, wrap(s, err)
	}
	unit, err := ParseUnitID(seg[1])
	if err != nil {
		return Path{}, wrap(s, err)
	}
	p := Path{Unit: unit}
	if len(seg) == 3 {
		if seg[2] != "keyring.yaml" {
			return Path{}, unknownPlace(s)
		}
		p.Kind = Keyring
		return p, nil
	}
	l, ok := layouts[seg[2]]
	if !ok || len(seg) != len(l.dirs)+4 {
		return Path{}, unknownPlace(s)
	}
	p.Kind = l.kind
	if beside, ok := lists[p.Kind]; ok && strings.HasSuffix(s, ".age") {
		p.Kind, l.ext = beside, ".age"
	}
	name, ok := strings.CutSuffix(seg[len(seg)-1], l.ext)
	if !ok {
		return Path{}, fmt.Errorf("path %q: want a name that ends in %s", clip(s), l.ext)
	}
	switch l.name {
	case 'h':
		p.Handle, err = ParseHandle(name)
	case 'd':
		p.Day, err = ParseDay(name)
	default:
		p.ID, err = ParseRecordID(name)
	}
	if err != nil {
		return Path{}, wrap(s, err)
	}
	for i, d := range l.dirs {
		v := seg[3+i]
		switch d {
		case 'c':
			if v != string(p.ID[:1]) {
				err = fmt.Errorf("folder %q: want the first character of the id", clip(v))
			}
		case 'd':
			p.Day, err = ParseDay(v)
		case 'm':
			p.Month, err = ParseMonth(v)
		case 'y':
			var day Day
			if day, err = ParseDay(v + "-01-01"); err == nil {
				p.Year = day.Year()
			}
		}
		if err != nil {
			return Path{}, wrap(s, err)
		}
	}
	return p, nil
}

func unknownPlace(s string) error { return fmt.Errorf("path %q: no such place in data/", clip(s)) }

// layouts describes the folders of a unit: the folders inside (c the first
// character of the id, d a day, m a month, y a year), what the file is named by
// (i an id, h a handle, d a day) and how its name ends.
var layouts = map[string]struct {
	kind Kind
	dirs string
	name byte
	ext  string
}{
	"members":    {Member, "c", 'i', ".yaml.age"},
	"erase":      {Closed, "m", 'i', ".yaml.age"},
	"erased":     {Tombstone, "y", 'i', ".yaml"},
	"activities": {Activity, "d", 'i', ".yaml.age"},
	"requests":   {Request, "", 'i', ".yaml.age"},
	"envelopes":  {Envelope, "", 'i', ".age"},
	"grants":     {Grant, "", 'h', ".yaml"},
	"evidence":   {Evidence, "", 'i', ".age"},
	"draws":      {Draw, "d", 'i', ".yaml"},
	"runs":       {Run, "d", 'i', ".yaml"},
	"dues":       {Ledger, "y", 'i', ".yaml.age"},
	"mail":       {Mail, "d", 'i', ".yaml"},
	"sendings":   {Sending, "m", 'i', ".yaml"},
	"receipts":   {Receipt, "", 'i', ".yaml"},
	"reviews":    {Review, "", 'd', ".yaml"},
}

// lists are the sealed files that lie beside clear ones, under the same name with
// the ending .age.
var lists = map[Kind]Kind{Draw: DrawList, Run: RunList, Sending: SendingList}

func wrap(s string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("path %q: %w", clip(s), err)
}

// String is the path as it stands in the repository: ParsePath's inverse.
func (p Path) String() string {
	u := "data/" + string(p.Unit) + "/"
	switch p.Kind {
	case Policy:
		return "policies/" + p.Rest
	case Site:
		return "site/" + p.Rest
	case Workflow:
		return ".github/" + p.Rest
	case Officer, RecoveryFile:
		return "data/officers/" + string(p.Handle) + ".yaml"
	case Keyring:
		return u + "keyring.yaml"
	case Member:
		return u + "members/" + string(p.ID[:1]) + "/" + string(p.ID) + ".yaml.age"
	case Closed:
		return u + "erase/" + string(p.Month) + "/" + string(p.ID) + ".yaml.age"
	case Tombstone:
		return u + "erased/" + p.Year + "/" + string(p.ID) + ".yaml"
	case Activity:
		return u + "activities/" + string(p.Day) + "/" + string(p.ID) + ".yaml.age"
	case Request:
		return u + "requests/" + string(p.ID) + ".yaml.age"
	case Envelope:
		return u + "envelopes/" + string(p.ID) + ".age"
	case Grant:
		return u + "grants/" + string(p.Handle) + ".yaml"
	case Evidence:
		return u + "evidence/" + string(p.ID) + ".age"
	case Draw:
		return u + "draws/" + string(p.Day) + "/" + string(p.ID) + ".yaml"
	case DrawList:
		return u + "draws/" + string(p.Day) + "/" + string(p.ID) + ".age"
	case Run:
		return u + "runs/" + string(p.Day) + "/" + string(p.ID) + ".yaml"
	case RunList:
		return u + "runs/" + string(p.Day) + "/" + string(p.ID) + ".age"
	case Mail:
		return u + "mail/" + string(p.Day) + "/" + string(p.ID) + ".yaml"
	case Sending:
		return u + "sendings/" + string(p.Month) + "/" + string(p.ID) + ".yaml"
	case Ledger:
		return u + "dues/" + p.Year + "/" + string(p.ID) + ".yaml.age"
	case SendingList:
		return u + "sendings/" + string(p.Month) + "/" + string(p.ID) + ".age"
	case Receipt:
		return u + "receipts/" + string(p.ID) + ".yaml"
	case Review:
		return u + "reviews/" + string(p.Day) + ".yaml"
	}
	return ""
}

// KeyringRef is the ref that holds a unit's sealed keyring.
func KeyringRef(u UnitID) string { return KeyringRefs + string(u) }

// The refs of a register (docs/format.md, Refs).
const (
	Main        = "refs/heads/main"
	KeyringRefs = "refs/medlem/keyrings/"
	Proposals   = "refs/heads/proposals/"
	Pages       = "refs/heads/pages" // the published site, a commit without history
)
