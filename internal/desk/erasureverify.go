package desk

import (
	"bytes"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ErasureFault is what is wrong with a statement of an erasure, held against a register.
type ErasureFault string

// The faults.
const (
	FaultGenesis   ErasureFault = "genesis"   // it is of another register
	FaultCommit    ErasureFault = "commit"    // another commit erased the record
	FaultTombstone ErasureFault = "tombstone" // the register says another day or rule
	FaultReceipt   ErasureFault = "receipt"   // the register's receipt says something else
	FaultMain      ErasureFault = "main"      // the commit as of which it speaks is none of main, or from before the erasure
	FaultOld       ErasureFault = "old"       // that commit was no more the newest when it was signed
	FaultSigner    ErasureFault = "signer"    // who signed it was no officer then
	FaultWaiting   ErasureFault = "waiting"   // it leaves out an identity that was not stated to be destroyed
	FaultKeyring   ErasureFault = "keyring"   // a keyring that the receipt calls replaced is there
	FaultPresent   ErasureFault = "present"   // a record of this id is in the register
	FaultSecret    ErasureFault = "secret"    // the secret is not that of the receipt
)

// ErasureCheck is what a comparison found.
type ErasureCheck struct {
	Faults   []ErasureFault
	Proof    *ErasureProof
	Gone     bool // the register's receipt has had its time and is gone
	Keyrings int  // sealed keyrings of the units named that lie here and are the newer ones
}

// CheckErasure holds a statement of an erasure, or a member's paper, against the
// register: what main and its history say, and the sealed keyrings that lie here. key is
// the public key that signed it in SSH wire form, nil for a paper. It needs no identity.
func (d *Desk) CheckErasure(x *access.ErasureStatement, key []byte) (*ErasureCheck, error) {
	proof, err := d.ErasureOf(x.ID)
	if err != nil {
		return nil, err
	}
	out := &ErasureCheck{Proof: proof, Gone: x.Receipt != nil && proof.Receipt == nil}
	fault := func(f ErasureFault, wrong bool) {
		if wrong {
			out.Faults = append(out.Faults, f)
		}
	}
	fault(FaultGenesis, x.Genesis != proof.Genesis.String())
	fault(FaultCommit, x.Commit != proof.Commit.String())
	fault(FaultTombstone, x.Unit != proof.Unit || x.Tombstone != *proof.Tombstone)
	if proof.Receipt != nil {
		fault(FaultReceipt, x.Receipt == nil || !bytes.Equal(x.Receipt.Encode(), proof.Receipt.Encode()))
	}
	if x.Signed() {
		if err := d.checkIssue(x, key, fault); err != nil {
			return nil, err
		}
	}
	present, err := d.standing(x.ID)
	if err != nil {
		return nil, err
	}
	fault(FaultPresent, present)
	if x.Receipt != nil {
		old, err := d.checkReplaced(x.Receipt.Keyrings, out)
		if err != nil {
			return nil, err
		}
		fault(FaultKeyring, old)
	}
	return out, nil
}

// SecretOf tells whether a secret is that of a receipt.
func SecretOf(x *access.ErasureStatement, secret string) (bool, error) {
	if x.Receipt == nil {
		return false, nil
	}
	sum, err := seal.ReceiptCheck(secret, x.ID)
	return err == nil && sum == x.Receipt.Check, err
}

// statementDays is for how many days a commit of main that another followed may be
// spoken of as the newest: officers' copies are not always in touch with the server.
const statementDays = 1

// checkIssue judges who signed a statement, by the last commit of main of the day on which
// she says that she did: not by the one that she names, which she chooses. What she says
// of who could open the record is held against the history up to that one.
func (d *Desk) checkIssue(x *access.ErasureStatement, key []byte, fault func(ErasureFault, bool)) error {
	at, err := gitstore.ParseID(x.Main)
	if err != nil {
		return err
	}
	chain, err := d.firstParents()
	if err != nil {
		return err
	}
	last := -1 // of the day, by the calendar of the commits
	for i, c := range chain {
		if register.DayOf(c.Committer.When) <= x.Issued {
			last = i
		}
	}
	if last < 0 {
		fault(FaultSigner, true)
		return nil
	}
	s, err := d.loader.At(chain[last].Tree)
	if err != nil {
		return err
	}
	h, ok := s.SignerOf(key)
	fault(FaultSigner, !ok || h != x.By || len(s.Grants(h, x.Issued)) == 0)
	i := slices.IndexFunc(chain, func(c *gitstore.Commit) bool { return c.ID == at })
	erased := slices.IndexFunc(chain, func(c *gitstore.Commit) bool { return c.ID.String() == x.Commit })
	if i < 0 || i > last || i < erased {
		fault(FaultMain, true)
		return nil
	}
	fault(FaultOld, i < last && register.DayOf(chain[i+1].Committer.When).Add(statementDays) < x.Issued)
	return d.checkWaiting(x, chain[:i+1], fault)
}

// checkWaiting finds whom a statement leaves out of those who, as of the last of some
// commits, could open the record and had not stated that the identity is destroyed.
func (d *Desk) checkWaiting(x *access.ErasureStatement, chain []*gitstore.Commit, fault func(ErasureFault, bool)) error {
	sts, err := d.erasuresIn(chain)
	if err != nil {
		return err
	}
	for _, st := range sts {
		if st.ID != x.ID {
			continue
		}
		fault(FaultWaiting, slices.ContainsFunc(st.Waiting, func(r Reader) bool { return !slices.Contains(x.Waiting, access.WaitingReader(r)) }))
	}
	return nil
}

// standing tells whether a record of the id lies in any unit.
func (d *Desk) standing(id register.RecordID) (bool, error) {
	for _, u := range sortedUnits(d.state) {
		m := register.Path{Kind: register.Member, Unit: u, ID: id}
		if _, ok, err := gitstore.Find(d.repo, d.tree, m.String()); err != nil || ok {
			return ok, err
		}
		if _, _, ok, err := d.findClosed(u, id); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// checkReplaced tells whether one of the keyrings is not replaced: by what main says,
// and by the sealed files that lie here.
func (d *Desk) checkReplaced(ks []access.Replaced, out *ErasureCheck) (old bool, err error) {
	refs := check.RefKeyrings(d.repo)
	for _, k := range ks {
		st := d.state.Units[k.Unit]
		if st == nil || st.Keyring == nil {
			continue // the unit is gone, and its keyring with it
		}
		if st.Keyring.Serial < k.After {
			return true, nil
		}
		file, ok, err := refs.Sealed(k.Unit)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		if digestOf(file) != st.Keyring.SHA256 {
			return true, nil
		}
		out.Keyrings++
	}
	return false, nil
}

// StateErasure writes what an officer with access says of an erasure today. Whoever
// signs it answers for it.
func (d *Desk) StateErasure(id register.RecordID) (*access.ErasureStatement, error) {
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	p, err := d.ErasureOf(id)
	if err != nil {
		return nil, err
	}
	day, err := d.commitDay() // that of main's own clock, where it is a little ahead
	if err != nil {
		return nil, err
	}
	x := &access.ErasureStatement{ID: id, Unit: p.Unit, Genesis: p.Genesis.String(), Commit: p.Commit.String(), Issued: day, By: me,
		Main: p.Main.String(), Server: access.ServerUnknown, Tombstone: *p.Tombstone, Receipt: p.Receipt}
	switch p.Status.Server {
	case ServerForgotten:
		x.Server = access.ServerForgotten
	case ServerHolds:
		x.Server = access.ServerHolds
	}
	for _, w := range p.Status.Waiting {
		x.Waiting = append(x.Waiting, access.WaitingReader(w))
	}
	return x, nil
}

// PaperOf is what a member gets on paper.
func (x *ErasureReceipt) PaperOf(genesis gitstore.ID) *access.ErasureStatement {
	return &access.ErasureStatement{ID: x.ID, Unit: x.Unit, Genesis: genesis.String(), Commit: x.Commit.String(), Secret: x.Secret,
		Tombstone: access.Tombstone{Day: x.Receipt.Day, Rule: x.Receipt.Rule}, Receipt: x.Receipt}
}
