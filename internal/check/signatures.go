package check

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// wanted is what an office asks to be signed, and by whom.
type wanted struct {
	matter, act string
	signers     []string
}

// wants lists what may be signed of a grant of the office. Whatever else is
// signed nobody needs, and it is refused: it could say anything.
func wants(o *policy.Office, g *access.Grant) []wanted {
	out := []wanted{{access.MatterAppointment, access.ActSigned, o.Appointed.By}}
	for _, e := range o.Evidence {
		out = append(out, wanted{e.ID, access.ActSigned, e.SignedBy}, wanted{e.ID, access.ActAttested, e.AttestedBy})
	}
	if e, ok := o.Exception(g.Exception); ok {
		out = append(out, wanted{access.MatterException, access.ActRequested, e.RequestedBy}, wanted{access.MatterException, access.ActApproved, e.ApprovedBy})
	}
	if o.Guide.Version != "" {
		out = append(out, wanted{access.MatterGuide, access.ActAcknowledged, []string{policy.Appointee}})
	}
	if len(o.SecondFactor) > 0 {
		out = append(out, wanted{access.MatterFactor, access.ActAttested, []string{policy.Appointee}})
	}
	return out
}

// signatures judges the signatures of a grant. One that main has already, over the
// same words, was judged when it came: its officer may have left her office since.
func (r *run) signatures(a *asked) {
	want := wants(a.office, a.g)
	for i, x := range a.g.Signatures {
		f := a.line("signatures", i+1)
		if !slices.ContainsFunc(want, func(w wanted) bool {
			return w.matter == x.Matter && w.act == x.Act && slices.Contains(w.signers, x.Signer)
		}) {
			r.add(ruleGrantSignature, f, "%s %s by %s: the office %q does not ask for it", x.Matter, x.Act, x.Signer, a.office.ID)
			continue
		}
		if a.was != nil && slices.ContainsFunc(a.was.Signatures, func(y access.Signature) bool { return same(a.was, y, a.g, x) }) {
			continue
		}
		switch {
		case x.Day > a.day:
			r.add(ruleGrantSignature, f, "signed on %s, after %s", x.Day, a.day)
		case a.g.Met != "" && x.Day < a.g.Met:
			r.add(ruleGrantSignature, f, "signed on %s, before the meeting on %s", x.Day, a.g.Met)
		}
		r.signerOf(a, x, f)
		if msg := badSignature(a.g, x, a.to.Officers[x.Handle]); msg != "" {
			r.add(ruleGrantSignature, f, "%s", msg)
		}
	}
	r.attested(a)
}

// same tells whether a signature is one of the grant as it was, over the same
// words.
func same(was *access.Grant, y access.Signature, is *access.Grant, x access.Signature) bool {
	return x.Matter == y.Matter && x.Act == y.Act && x.Signer == y.Signer && x.Handle == y.Handle && x.Day == y.Day &&
		bytes.Equal(x.Blob, y.Blob) && bytes.Equal(was.Payload(y), is.Payload(x))
}

// signerOf checks that the officer may sign in that capacity: by the state before
// the change, on its day.
func (r *run) signerOf(a *asked, x access.Signature, f Finding) {
	if x.Signer == policy.Appointee {
		if x.Handle != a.g.Handle {
			r.add(ruleGrantSignature, f, "%s signs as the appointee, who is %s", x.Handle, a.g.Handle)
		}
		return
	}
	p := a.to.Policy
	i := slices.IndexFunc(p.Signers, func(s policy.Signer) bool { return s.ID == x.Signer })
	if i < 0 {
		return // Load refuses an office that names it
	}
	s := p.Signers[i]
	where := func(u register.UnitID) bool { return u == a.g.Unit }
	switch s.Of {
	case policy.OfAbove:
		where = func(u register.UnitID) bool { return u != a.g.Unit && p.Below(a.g.Unit, u) }
	case policy.OfTop:
		where = func(u register.UnitID) bool { return u == p.Root().ID }
	}
	if !holds(a.from, x.Handle, s.Offices, a.day, where) {
		r.add(ruleGrantSignature, f, "%s may not sign as %s for unit %q: on %s she holds none of the offices %s there",
			x.Handle, x.Signer, string(a.g.Unit), a.day, strings.Join(s.Offices, ", "))
	}
}

// badSignature says why a signature is not the officer's over this grant; "" for
// one that is.
func badSignature(g *access.Grant, x access.Signature, o *access.Officer) string {
	if o == nil {
		return string(x.Handle) + ", who signed, has no file in data/officers"
	}
	key, err := sign.VerifyStatement(g.Payload(x), x.Blob)
	if err != nil {
		return "the signature of " + string(x.Handle) + " is not good: it is of another grant, or something was changed since"
	}
	if !bytes.Equal(key.Marshal(), o.SigningKey()) {
		return "signed with another key than that of " + string(x.Handle)
	}
	return ""
}

// attested checks that nobody witnesses for herself: the appointee signs as such
// or not at all, and who attests a document has not signed it.
func (r *run) attested(a *asked) {
	for i, x := range a.g.Signatures {
		f := a.line("signatures", i+1)
		if x.Handle == a.g.Handle && x.Signer != policy.Appointee {
			r.add(ruleAttested, f, "the appointee signs as %s", x.Signer)
		}
		_, evidence := a.g.Document(x.Matter)
		if x.Act != access.ActAttested || !evidence {
			continue
		}
		if x.Signer == policy.Appointee {
			r.add(ruleAttested, f, "the appointee attests what her own appointment rests on")
		}
		if slices.ContainsFunc(a.g.Signed(x.Matter, access.ActSigned), func(y access.Signature) bool { return y.Handle == x.Handle }) {
			r.add(ruleAttested, f, "%s has both signed and attested the %s", x.Handle, x.Matter)
		}
	}
}

// standingSignatures judges the signatures of a register as it stands, several at
// a time. Who made them and when was judged as they came, by the state of that
// day; their officers may have left since, or have another key. That they are of
// this grant can still be told.
func (r *run) standingSignatures(all []*asked) {
	type job struct {
		a    *asked
		i    int
		msg  string
		aged bool // made with a key that its officer no longer has
	}
	var jobs []*job
	for _, a := range all {
		want := wants(a.office, a.g)
		for i, x := range a.g.Signatures {
			if slices.ContainsFunc(want, func(w wanted) bool { return w.matter == x.Matter && w.act == x.Act }) {
				jobs = append(jobs, &job{a: a, i: i})
			} else {
				r.add(ruleGrantSignature, a.line("signatures", i+1), "%s %s: the office %q does not ask for it", x.Matter, x.Act, a.office.ID)
			}
		}
		r.attested(a)
	}
	next := make(chan *job)
	var wg sync.WaitGroup
	for range r.o.Workers {
		wg.Go(func() {
			for j := range next {
				j.msg, j.aged = standing(j.a, j.a.g.Signatures[j.i])
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	wg.Wait()
	aged := 0
	for _, j := range jobs {
		if j.aged {
			aged++
		}
		if j.msg != "" {
			r.add(ruleGrantSignature, j.a.line("signatures", j.i+1), "%s", j.msg)
		}
	}
	if aged > 0 {
		r.note("%d signatures of grants are by officers or keys that are no longer here: whose they are was judged when they came", aged)
	}
}

// standing is badSignature for a signature that came some time ago.
func standing(a *asked, x access.Signature) (msg string, aged bool) {
	key, err := sign.VerifyStatement(a.g.Payload(x), x.Blob)
	if err != nil {
		return badSignature(a.g, x, &access.Officer{}), false
	}
	if register.HandleOf(key.Marshal()) == x.Handle {
		return "", false
	}
	o := a.to.Officers[x.Handle]
	return "", o == nil || !bytes.Equal(key.Marshal(), o.SigningKey())
}
