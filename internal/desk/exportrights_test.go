package desk

import "github.com/medlem-register/medlem/internal/register"

// KeptVersions counts the older versions of a record that any keyring opens.
func KeptVersions(d *Desk, id register.RecordID) (n int) {
	for u := range d.state.Units {
		k, err := d.keyring(u)
		if err != nil {
			panic(err)
		}
		for v := range k.Versions {
			if v.ID == id {
				n++
			}
		}
	}
	return n
}
