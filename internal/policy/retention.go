package policy

import "strconv"

// Retention is retention.yaml: how long things are kept.
type Retention struct {
	KeepVersions int      `yaml:"keep-versions"` // days that an older version of a record can be opened
	Rotate       int      `yaml:"rotate"`        // days between an officer's identities
	Rekey        int      `yaml:"rekey"`         // months after which every unit is sealed anew; 0: the policy does not say
	Reasons      []Reason `yaml:"reasons"`
	Brakes       *Brakes  `yaml:"brakes"` // on erasing many at once; nil: the check knows none

	Activities Activities `yaml:"activities"`
	Kinds      []Kind     `yaml:"kinds"` // of data that have a period of their own
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

// Brakes keep one wrong rule, clock or person from erasing many.
type Brakes struct {
	Share      int `yaml:"share"`      // percent of all records that one run may erase; one record always
	Signers    int `yaml:"signers"`    // of the secretariat who sign a run, whoever proposed it included: 1 or 2
	Quarantine int `yaml:"quarantine"` // days in which a run can be stopped
}

// DefaultBrakes are what a run goes by where the policy has none.
var DefaultBrakes = Brakes{Share: 5, Signers: 1, Quarantine: 14}

// RunBrakes are those that a run is proposed by.
func (r *Retention) RunBrakes() Brakes {
	if r.Brakes == nil {
		return DefaultBrakes
	}
	return *r.Brakes
}

// Most is how many of a register's records, open and closed, may be erased at once.
func (b Brakes) Most(records int) int {
	const whole = 100 // percent
	return max(1, records*b.Share/whole)
}

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
	p.Activities.Longest = DefaultLongest
	p.KeepVersions, p.Rotate = DefaultKeepVersions, DefaultRotate
	return d.root.Decode(&p.Retention)
}

func checkRetention(d *document, p *Policy) {
	ids(d, "/reasons", "reason", len(p.Reasons), func(i int) string { return p.Reasons[i].ID })
	for i, r := range p.Reasons {
		d.names("/reasons/"+strconv.Itoa(i)+"/name", r.Name, p.Languages)
	}
	d.checkKinds(p)
}
