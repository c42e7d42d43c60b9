package desk

// ViewSecret returns the secret that opens a member's own page, in its canonical
// text, for a letter to her. It is false for a member whom main has no secret of: one
// who is new and not taken in yet.
func (d *Desk) ViewSecret(m *Member) (string, bool, error) {
	k, err := d.keyring(m.Path.Unit)
	if err != nil {
		return "", false, err
	}
	secret, ok := k.Views[m.Path.ID]
	return secret, ok, nil
}
