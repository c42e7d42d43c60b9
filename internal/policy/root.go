package policy

// Root returns the one unit that lies under no other.
func (p *Policy) Root() *Unit {
	for i := range p.Organisation.Units {
		if p.Organisation.Units[i].Under == "" {
			return &p.Organisation.Units[i]
		}
	}
	return &Unit{} // Load refuses such a policy
}

// MergingOffice returns the office whose holders make up the secretariat: the
// first of access.yaml that may merge and reaches every unit.
func (p *Policy) MergingOffice() (*Office, bool) {
	for i := range p.Access.Offices {
		if o := &p.Access.Offices[i]; o.Scope == ScopeAll && o.Can(ActMerge) {
			return o, true
		}
	}
	return nil, false
}
