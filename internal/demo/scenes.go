package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// found makes the register and gives eight officers their access.
func (p *play) found() {
	p.say("This is %s, an invented federation: two regions, five branches, eight officers, sixty members. "+
		"Everything below is done by the real commands, in %s. Each officer has a folder and a key there; "+
		"-C FOLDER and --as KEY, which every command would need here, are left out of the telling.", Name, p.Dir)
	p.day(1, "A register is made, and its officers get access")
	p.git("init", "-q", "--bare", "-b", "main", p.host)
	units := p.write("units.yaml", Units)
	for _, o := range Officers() {
		p.key(o.Who)
	}
	p.say("Each officer makes a key on her own computer and sends the public half to the secretariat. " +
		"Ingrid makes the register. The server that keeps it is an ordinary git server: it will see nothing but sealed files.")
	args := []string{"init", p.at("ingrid"), "--name", Name, "--units", units, "--remote", p.host, "--recovery-out", p.at("recovery.txt")}
	p.show("ingrid", 3, p.do("ingrid", args...), args...)
	for _, o := range Officers()[1:] {
		p.do("ingrid", "grant", o.Unit, p.at(o.Who+".officer"), "--office", o.Office)
		p.do(o.Who, "clone", p.host, p.at(o.Who))
	}
	p.say("Who may see what follows from the office. Anybody can ask, without a key:")
	p.show("anybody", 12, p.do("ingrid", "access"), "access")
}

func (p *play) key(who string) {
	p.write(who+".officer", p.do("", "key", "new", "--plain", "--out", p.at(who+".key")))
}

// bring has the branches' lists imported, checked without a key, and merged.
func (p *play) bring() {
	p.day(3, "The branches bring their lists")
	p.say("Kari has her branch's members in a spreadsheet. She imports it: every row is read, judged and sealed on her own " +
		"computer, and what she sends is a proposal.")
	for i, l := range lists {
		file := p.write(l.unit+".csv", List(l.unit))
		args := []string{"import", file, "--unit", l.unit}
		out := p.do(l.who, args...)
		sent := p.do(l.who, "submit")
		if i == 0 {
			p.show(l.who, -2, out, args...)
			p.show(l.who, 4, sent, "submit")
		}
	}
	p.say("The server checks each proposal without being able to read it: is it signed by somebody who has that office today, " +
		"does it stay inside her branch, is every file sealed to nobody else?")
	head := strings.Fields(p.git("-C", p.host, "for-each-ref", "--format=%(refname)", "refs/heads/proposals"))
	if p.err == nil {
		args := []string{"check", "--base", "main", "--head", head[0]}
		out, _, _ := p.try("", append([]string{"-C", p.host}, args...)...)
		p.show("server", 4, out, args...)
	}
	p.say("The secretariat opens them, looks, and merges:")
	p.show("ingrid", 8, p.do("ingrid", "inbox"), "inbox")
	for n := range lists {
		out := p.do("ingrid", "merge", fmt.Sprint(n+1))
		if n == 0 {
			p.show("ingrid", 3, out, "merge", "1")
		}
	}
	for _, o := range Officers()[1:] {
		p.do(o.Who, "sync")
	}
	p.must(len(p.ids("kari", "asker")) == MembersEach, "Asker should have %d members", MembersEach)
}

// trespass shows that an officer cannot change another branch's members, not
// even behind her tool's back.
func (p *play) trespass() {
	p.day(8, "Somebody reaches too far")
	ids := p.ids("kari", "asker")
	if p.err != nil {
		return
	}
	p.say("Ola, of Kárášjohka, cannot see the members of Asker. His tool says so:")
	args := []string{"show", ids[0]}
	_, errs, code := p.try("ola", args...)
	p.must(code != 0, "Ola should not see a member of Asker")
	p.show("ola", 3, errs, args...)
	p.say("So he makes a proposal by hand, signed with his own key, that replaces the file of a member of Asker. " +
		"He sends it with plain git, and the server refuses it:")
	ref, out, err := forge(p, "ola", ids[0])
	if err == nil {
		p.err = fmt.Errorf("the server took in a forged proposal")
	}
	p.must(strings.Contains(out, "scope/"), "the refusal should name the rule: %s", out)
	var lines []string
	for _, l := range strings.Split(out, "\n") {
		if l = strings.TrimSpace(strings.TrimPrefix(l, "remote:")); strings.Contains(l, "scope/") || strings.HasPrefix(l, "hint:") {
			lines = append(lines, l)
		}
	}
	if p.err == nil {
		fmt.Fprintf(p.Out, "    ola$ git push server %s\n", ref)
		for _, l := range lines[:min(len(lines), 4)] {
			fmt.Fprintf(p.Out, "    %s\n", l)
		}
		fmt.Fprintln(p.Out)
	}
}

// together has two officers change one member at the same time.
func (p *play) together() {
	p.day(12, "Two officers change the same member")
	ids := p.ids("kari", "asker")
	if p.err != nil {
		return
	}
	id := ids[1]
	p.say("Kari writes a new telephone number, Astrid a new address, neither knowing of the other. " +
		"The secretariat merges both, field by field, and nothing is lost.")
	kari := []string{"edit", id, "--set", "phone=+47 400 00 111"}
	astrid := []string{"edit", id, "--set", "street=Havnegata 3"}
	p.show("kari", 3, p.do("kari", kari...), kari...)
	p.show("astrid", 3, p.do("astrid", astrid...), astrid...)
	p.do("kari", "submit")
	p.do("astrid", "submit")
	p.do("ingrid", "inbox")
	p.do("ingrid", "merge", "6")
	p.show("ingrid", 3, p.do("ingrid", "merge", "7"), "merge", "7")
	p.do("kari", "sync")
	out := p.do("kari", "show", id)
	p.must(strings.Contains(out, "400 00 111") && strings.Contains(out, "Havnegata 3"), "both changes should be there")
	p.show("kari", 12, out, "show", id)
}

// handOver replaces Kari by Nils.
func (p *play) handOver() {
	p.day(18, "A hand-over")
	p.say("Kari steps down; the branch has chosen Nils. Her access ends and his begins in one step. " +
		"One small file is sealed anew, and no member's.")
	p.key("nils")
	before := p.git("-C", p.host, "rev-parse", "main")
	args := []string{"grant", "asker", p.at("nils.officer"), "--office", "member-officer", "--replace"}
	p.show("ingrid", 4, p.do("ingrid", args...), args...)
	touched := p.git("-C", p.host, "diff", "--name-only", before, "main", "--", "data/asker/members")
	p.must(touched == "", "a hand-over must not touch a member's file")
	p.do("nils", "clone", p.host, p.at("nils"))
	ids := p.ids("nils", "asker")
	p.must(len(ids) == MembersEach, "Nils should see %d members", MembersEach)
	if p.err != nil {
		return
	}
	p.say("Nils sees his %d members. Kari, who still has her computer, is turned away:", len(ids))
	edit := []string{"edit", ids[0], "--set", "phone=+47 400 00 222"}
	_, errs, code := p.try("kari", edit...)
	p.must(code != 0, "Kari should be turned away")
	p.show("kari", 3, errs, edit...)
}

// leave erases a member and proves it on a copy that was taken before.
func (p *play) leave() {
	p.day(24, "A member leaves, and is forgotten")
	p.do("nils", "sync")
	ids := p.ids("nils", "asker")
	if p.err != nil {
		return
	}
	id := ids[2]
	p.say("A member of Asker leaves and asks to be forgotten. Before that, somebody copies the whole server: we shall use it against ourselves.")
	old := p.at("stolen.git")
	p.git("clone", "-q", "--mirror", p.host, old)
	closing := []string{"close", id, "--reason", "left"}
	p.show("nils", 3, p.do("nils", closing...), closing...)
	p.do("nils", "submit")
	p.do("ingrid", "inbox")
	p.do("ingrid", "merge", "8")
	p.say("She asks to be forgotten at once, so the secretariat does not wait for the month that the rules give:")
	p.do("ingrid", "close", id, "--reason", "left", "--erase-now")
	p.show("ingrid", 6, p.do("ingrid", "erase", id), "erase", id)
	p.say("Her key is destroyed, not her file: every copy of the file, in every copy of the register, is noise without it. " +
		"What is left are the officers' keys to the old keyrings. Each officer's tool makes a new one every month and destroys the old; " +
		"here they all do it today.")
	all := append(Officers(), Officer{Who: "nils"})
	for _, o := range all[1:] {
		p.do(o.Who, "rotate")
	}
	p.do("ingrid", "rotate")
	p.do("ingrid", "rotate", "--recovery", "--recovery-out", p.at("recovery2.txt"))
	p.do("ingrid", "rotate", "--recovery-destroyed")
	for range 2 {
		p.do("ingrid", "sync")
		for _, o := range all[1:] {
			p.do(o.Who, "sync")
		}
	}
	p.do("ingrid", "sync")
	p.show("ingrid", 8, p.do("ingrid", "erasure", "status"), "erasure", "status")
	if p.err == nil {
		p.err = os.Remove(p.at("recovery.txt"))
	}
	opened, neighbours, err := thief(p, old, id, all)
	if p.err == nil {
		p.err = err
	}
	p.must(!opened, "the erased record still opens")
	p.must(neighbours > 0, "no neighbour opens")
	p.say("Now the thief's copy, taken before, against every key that exists in the federation: her record does not open. "+
		"In the register itself all %d neighbours do.", neighbours)
	fmt.Fprintln(p.Out)
}

// close proves the month and says what to try.
func (p *play) close() {
	p.day(30, "Anybody can verify the month")
	p.say("Every change was signed by somebody who was allowed to make it at that time. No key is needed to see that:")
	p.show("anybody", 4, p.do("ingrid", "verify", "--all"), "verify", "--all")
	p.say("What to try next, in this folder:")
	fmt.Fprintln(p.Out)
	for _, l := range []string{
		"medlem -C nils --as nils.key list",
		"medlem -C nils --as nils.key find aase kvale",
		"medlem -C solveig --as solveig.key list --where 'city == \"Sandvika\"' --columns given,family,phone",
		"medlem -C astrid --as astrid.key edit ID --set street='Nygata 1'   (ID from the list)",
		"medlem -C ingrid access asker",
		"git -C server.git log --stat main    (all that the server's keeper can see)",
	} {
		fmt.Fprintln(p.Out, "    "+l)
	}
	fmt.Fprintf(p.Out, "\nThe folder is %s\nWhen you are done: rm -r %[1]s\n", filepath.Clean(p.Dir))
}
