package policy

import (
	"reflect"
	"strings"
	"testing"
)

// What pages.yaml says is what the policy holds; without it there is nothing, and
// what it leaves out has a default.
func TestPages(t *testing.T) {
	p, problems := Load(full(t))
	if problems != nil {
		t.Fatal(problems)
	}
	want := &Pages{Drop: "https://drop.prove.example.org:8443/in/asker?to=1", Mail: "post@prove.example.org", LockAfter: 10, Consents: []string{"newsletter"},
		Confirm: Confirm{"confirmed", 12}, Leave: []string{"left", "unpaid"}, Rotate: 14, Keep: 90,
		Joining: Joining{Levels: []string{"branch", "county"}, Fields: []string{"given", "family", "email", "phone"}, SMS: &JoinSMS{Keyword: "Bli med"}}}
	if !reflect.DeepEqual(p.Pages, want) {
		t.Errorf("%+v", p.Pages)
	}
	for key, ok := range map[string]bool{"email": true, "street": true, "newsletter": true, "given": false, "confirmed": false, "offices": false, "closed": false, "reason": false, "unit": false, "": false} {
		if p.MemberSets(key) != ok {
			t.Errorf("a member sets %q: %v", key, !ok)
		}
	}
	for unit, ok := range map[string]bool{"asker": true, "akershus": true, "vestre": false, "national": false} {
		for i := range p.Units {
			if u := &p.Units[i]; string(u.ID) == unit && p.JoiningForm(u) != ok {
				t.Errorf("a joining form of %s: %v", unit, !ok)
			}
		}
	}
	if p.MailTo() != "post@prove.example.org" || p.JoiningForm(nil) {
		t.Errorf("mailed to %s", p.MailTo())
	}

	files := full(t)
	files["pages.yaml"] = []byte("leave: [left]\n")
	if p, problems = Load(files); problems != nil {
		t.Fatal(problems)
	}
	if !reflect.DeepEqual(p.Pages, &Pages{LockAfter: 5, Rotate: 30, Keep: 60, Leave: []string{"left"}}) || p.MailTo() != p.Contact {
		t.Errorf("%+v, mailed to %s", p.Pages, p.MailTo())
	}
	if p.MemberSets("newsletter") || !p.MemberSets("email") {
		t.Error("consents that are left out are given, or what is a member's own is not")
	}

	delete(files, "pages.yaml")
	if p, problems = Load(files); problems != nil || p.Pages != nil || p.MemberSets("email") || p.JoiningForm(&p.Units[3]) || p.MailTo() != p.Contact {
		t.Errorf("a policy without pages.yaml has %+v, %v", p.Pages, problems)
	}
}

// Nobody says of herself that she is dead.
func TestNobodyLeavesByDying(t *testing.T) {
	files := standard(t)
	files["pages.yaml"] = []byte("leave: [left, died]\n")
	_, problems := Load(files)
	if len(problems) != 1 || problems[0].Path != "/leave/1" || !strings.Contains(problems[0].Msg, `"died"`) {
		t.Errorf("%v", problems)
	}
}

// In a pack everything of pages.yaml may be undecided.
func TestPagesUndecided(t *testing.T) {
	files := full(t)
	files["pages.yaml"] = []byte("drop: not_stated\nconsents: not_stated\nconfirm: {field: not_stated, every: not_stated}\nleave: [not_stated]\njoining: {levels: not_stated, fields: [given, not_stated]}\n")
	if _, problems := LoadPack(files); problems != nil {
		t.Errorf("a pack: %v", problems)
	}
	if _, problems := Load(files); len(problems) < 6 {
		t.Errorf("in force: %v", problems)
	}
}
