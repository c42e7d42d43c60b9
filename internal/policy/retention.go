package policy

import "strconv"

// Retention is retention.yaml: how long things are kept.
type Retention struct {
	KeepVersions int      `yaml:"keep-versions"` // days that an older version of a record can be opened
	Rotate       int      `yaml:"rotate"`        // days between an officer's identities
	Reasons      []Reason `yaml:"reasons"`
}

// A Reason is why a membership ended.
type Reason struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"` // by language
	Keep int               `yaml:"keep"` // months that a closed record is kept; 0 = to the end of the month of closing
}

// What holds where the policy does not say, in days.
const (
	DefaultKeepVersions = 30
	DefaultRotate       = 31
)

// Reason returns the reason of that id.
func (p *Policy) Reason(id string) (Reason, bool) {
	for _, r := range p.Reasons {
		if r.ID == id {
			return r, true
		}
	}
	return Reason{}, false
}

// LongestKeep returns the longest time that any closed record is kept, in
// months.
func (p *Policy) LongestKeep() int {
	longest := 0
	for _, r := range p.Reasons {
		longest = max(longest, r.Keep)
	}
	return longest
}

func decodeRetention(d *document, p *Policy) error {
	p.KeepVersions, p.Rotate = DefaultKeepVersions, DefaultRotate
	return d.root.Decode(&p.Retention)
}

func checkRetention(d *document, p *Policy) {
	ids(d, "/reasons", "reason", len(p.Reasons), func(i int) string { return p.Reasons[i].ID })
	for i, r := range p.Reasons {
		d.names("/reasons/"+strconv.Itoa(i)+"/name", r.Name, p.Languages)
	}
}
