package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// unserved is one command at a machine without a network.
type unserved struct {
	who  string // "" has no identity and stands in a mirror
	line string // the command, its arguments separated by spaces; $ID, … are filled in
	// needs is what a command says that cannot do without the server. "" it works.
	needs string
}

// What a command that needs the server says without it, and changes nothing.
const noAnswer = "the server does not answer"

// withoutNetwork lists every command that there is, in an order in which one finds what
// another has made. A command that is missing here fails the test.
var withoutNetwork = []unserved{
	// Everything that an officer does until she submits.
	{who: "kari", line: "list --unit asker"},
	{who: "kari", line: "find moregata"},
	{who: "kari", line: "show $ID"},
	{who: "kari", line: "count"},
	{who: "kari", line: "report members"},
	{who: "kari", line: "report classes"},
	{who: "kari", line: "report ages"},
	{who: "kari", line: "report movements"},
	{who: "kari", line: "missing"},
	{who: "kari", line: "template --unit asker --out members.xlsx"},
	{who: "kari", line: "import more.csv --unit asker --keep-duplicates"},
	{who: "kari", line: "add --unit asker --set given=Ny --set family=Inn"},
	{who: "kari", line: "edit $ID --set city=Moss"},
	{who: "kari", line: "move $ID2 --to lillestrom"},
	{who: "kari", line: "close $ID3 --reason left"},
	{who: "kari", line: "reopen $ID3"},
	{who: "kari", line: "status"},
	{who: "kari", line: "undo"},
	{who: "kari", line: "activity add --unit asker --name Kurs --ends 2026-12-01"},
	{who: "kari", line: "activity list"},
	{who: "kari", line: "activity show $ACTIVITY"},
	{who: "kari", line: "activity join $ACTIVITY $ID"},
	{who: "kari", line: "activity leave $ACTIVITY $ID"},
	{who: "kari", line: "activity change $ACTIVITY --name Dag"},
	{who: "kari", line: "activity move $ACTIVITY 2026-12-02"},
	{who: "kari", line: "activity erase $ACTIVITY", needs: "no such activity"}, // not on main yet
	{who: "kari", line: "activity mail"},
	{who: "kari", line: "access"},
	{who: "kari", line: "subject readers $ID"},
	{who: "kari", line: "policy show"},
	{who: "kari", line: "policy get mine"},
	{who: "kari", line: "policy explain"},
	{who: "kari", line: "policy lint"},
	{who: "kari", line: "policy test"},
	{who: "kari", line: "policy packs"},
	{who: "kari", line: "policy pack dkf pack"},
	{who: "kari", line: "policy diff dkf"},
	{who: "kari", line: "guide"},
	{who: "kari", line: "key show"},
	{who: "kari", line: "key reveal $ID"},
	{who: "kari", line: "key attest", needs: "no passphrase"},
	{who: "kari", line: "key passphrase", needs: "passphrase"}, // nobody is there to type it
	{who: "kari", line: "draw list"},
	{who: "kari", line: "erasure status"},
	{who: "kari", line: "retention list"},
	{who: "kari", line: "due"},
	{who: "kari", line: "doctor", needs: "The server does not answer"},
	{who: "kari", line: "verify --all"},
	{who: "kari", line: "check --all"},
	{who: "kari", line: "evidence list"},
	// A list counts when its receipt is on the server.
	{who: "astrid", line: "draw --unit asker --purpose mailing --out list.csv.age"},
	{who: "astrid", line: "labels --unit asker --out labels.pdf.age"},
	{who: "astrid", line: "letters --unit asker --purpose mailing --body letter.md --out letters.pdf.age"},
	// What is written to members is made ready; it goes when there is a network.
	{who: "kari", line: "mail --unit asker --subject Hei --body letter.md"},
	{who: "kari", line: "mail --unconfirmed", needs: "asks members by no message"},
	{who: "kari", line: "mail setup --host mail.invalid --from kari@example.org --name Kari"},
	{who: "kari", line: "mail bounces letter.md", needs: "no mailbox file"},
	{who: "kari", line: "sms --unit asker --event Kurs --text Hei"},
	{who: "kari", line: "sms setup --gateway 46elks --user u1 --from Bjork", needs: "secret"},
	{who: "kari", line: "outbox list"},
	{who: "kari", line: "outbox send"},
	{who: "kari", line: "outbox show aaaaaaaaaaaaa", needs: "nothing of this sending"},
	{who: "kari", line: "outbox settle aaaaaaaaaaaaa --sent", needs: "nothing of this sending"},
	{who: "kari", line: "outbox drop aaaaaaaaaaaaa", needs: "nothing of this sending"},
	{who: "kari", line: "sendings"},
	{who: "kari", line: "sendings show aaaaaaaaaaaaa", needs: "no sending"},
	{who: "kari", line: "introduce list"},
	{who: "kari", line: "introduce open --for $ID --unit asker --purpose letter.md --until 2026-12-31", needs: "introduc"},
	{who: "kari", line: "introduce ask aaaaaaaaaaaaa", needs: "no"},
	{who: "kari", line: "introduce answer aaaaaaaaaaaaa $ID --answer letter.md", needs: "no"},
	{who: "kari", line: "introduce withdraw aaaaaaaaaaaaa $ID", needs: "no"},
	{who: "kari", line: "introduce hand aaaaaaaaaaaaa", needs: "no"},
	{who: "kari", line: "introduce show aaaaaaaaaaaaa", needs: "no"},
	{who: "sec", line: "welcome", needs: "no greeting"},
	{who: "sec", line: "welcome setup --subject Hei --body letter.md", needs: "no greeting"},
	// The secretariat, as far as it only looks.
	{who: "sec", line: "inbox"},
	{who: "sec", line: "review $TOPIC"},
	{who: "sec", line: "subject copy $ID --out copy.pdf --password-file copy.txt"},
	{who: "sec", line: "erasure list --out erased.yaml"},
	{who: "sec", line: "retention show", needs: "no such run"},
	{who: "sec", line: "retention run --dry-run"},
	{who: "sec", line: "breach $KARI --since 2026-11-01"},
	{who: "sec", line: "page $ID --out page.html", needs: "medlem-site"}, // the renderer is a program of its own
	{who: "sec", line: "site build site --url https://register.invalid/", needs: "medlem-site"},
	{who: "sec", line: "site serve", needs: "medlem-site"},
	{who: "sec", line: "policy effect HEAD"},
	// What is an act on main, at once.
	{who: "sec", line: "merge $TOPIC", needs: noAnswer},
	{who: "sec", line: "reject $TOPIC --reason x", needs: noAnswer},
	{who: "sec", line: "grant lillestrom nora.officer --office chair", needs: noAnswer},
	{who: "sec", line: "revoke karasjok $OLA", needs: noAnswer},
	{who: "sec", line: "erase $GONE", needs: noAnswer},
	{who: "sec", line: "rekey asker", needs: noAnswer},
	{who: "sec", line: "breach contain $OLA", needs: noAnswer},
	{who: "sec", line: "identity lost $OLA", needs: noAnswer},
	{who: "sec", line: "control --keep-all --yes", needs: noAnswer},
	{who: "sec", line: "rotate", needs: noAnswer},
	{who: "sec", line: "policy put mine", needs: noAnswer},
	{who: "sec", line: "policy agreement asker letter.md", needs: "no processor"},
	{who: "sec", line: "subject restrict $ID", needs: noAnswer},
	{who: "sec", line: "subject object $ID --purpose mailing", needs: noAnswer},
	{who: "sec", line: "subject correct $ID city=Moss", needs: noAnswer},
	{who: "sec", line: "subject protect $ID", needs: "protected"},
	{who: "sec", line: "retention sign aaaaaaaaaaaaa", needs: "no such run"},
	{who: "sec", line: "retention stop aaaaaaaaaaaaa", needs: "no such run"},
	{who: "sec", line: "retention finish", needs: "no such run"},
	{who: "sec", line: "retention tidy"},
	{who: "sec", line: "evidence show aaaaaaaaaaaaa", needs: "no document"},
	{who: "sec", line: "erasure receipt $GONE", needs: "no record of this id has been erased"},
	{who: "sec", line: "erasure verify letter.md", needs: "not a statement of an erasure"},
	{who: "sec", line: "inbox add letter.md", needs: "no file from a member's page"},
	{who: "sec", line: "site publish --url https://register.invalid/", needs: "medlem-site"},
	{who: "sec", line: "site verify https://register.invalid/", needs: "register.invalid"},
	{who: "sec", line: "restore backup.age again --to https://register.invalid/new.git --nothing-newer --genesis $GENESIS", needs: noAnswer},
	{who: "sec", line: "recover $SERVER again --remote https://register.invalid/new.git --recovery recovery.txt --genesis $GENESIS", needs: noAnswer},
	{who: "sec", line: "init again --name X --remote https://register.invalid/new.git --recovery-out paper.txt", needs: noAnswer},
	// Dues are in its books, which are on main.
	{who: "sec", line: "dues claim 2027", needs: noAnswer},
	{who: "sec", line: "dues book letter.md", needs: "not a bank's file"},
	{who: "sec", line: "dues mandate letter.md", needs: "not a bank's file"},
	{who: "sec", line: "letters --unit asker --purpose mailing --body letter.md --dues 2026 --out claims.pdf.age"},
	{who: "sec", line: "dues queue"},
	{who: "sec", line: "dues remind"},
	{who: "sec", line: "dues lapse"},
	{who: "sec", line: "dues debit 2026 --out claims.txt --kind autogiro --with customer=471117"},
	{who: "sec", line: "dues report 2026"},
	{who: "sec", line: "dues export 2026 --out books.csv --format csv"},
	{who: "sec", line: "dues show $ID"},
	{who: "sec", line: "dues again $ID"},
	{who: "sec", line: "dues waive 00000000000", needs: "no"},
	// Draws, and what becomes of them.
	{who: "kari", line: "draw sent aaaaaaaaaaaaa --file mail", needs: "no"},
	{who: "kari", line: "draw destroyed aaaaaaaaaaaaa --digital", needs: "no"},
	{who: "kari", line: "draw fresh aaaaaaaaaaaaa", needs: "no"},
	{who: "astrid", line: "draw identify list.csv.age"},
	{who: "astrid", line: "draw open list.csv.age opened.csv"},
	{who: "kari", line: "draw request members --purpose mailing", needs: "no such list to ask for"},
	{who: "sec", line: "draw approve 9", needs: "no"},
	{who: "sec", line: "draw fetch $TOPIC x.xlsx", needs: "no"},
	// Appointments are files that go from hand to hand.
	{who: "kari", line: "guide accept --yes", needs: noAnswer},
	{who: "sec", line: "appoint --unit lillestrom --officer nora.officer --office chair --suited --out nora.appointment", needs: "no signature"},
	{who: "sec", line: "appointment nora.appointment", needs: "nora.appointment"},
	{who: "sec", line: "sign nora.appointment --yes", needs: "nora.appointment"},
	{who: "kari", line: "sync", needs: noAnswer},
	{who: "kari", line: "submit", needs: noAnswer},
	// Without a register, or without a key.
	{line: "version"},
	{line: "key new --plain --out new.key"},
	{line: "verify --all"},
	{line: "check --all"},
	{line: "doctor"},
	{line: "due"},
	{line: "backup --out backup2.age"},
	{who: "sec", line: "backup status backup.age"},
	{line: "clone $HOST new", needs: noAnswer},
	{line: "demo"},
}

// The whole work is done without a network: in a namespace that has no interface, on
// copies whose server is on the net, each command of the program does what it is for, or
// says that it needs the server. No command can be forgotten: the test asks the program
// which there are.
func TestWithoutNetwork(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	if exec.Command("unshare", "-rn", "true").Run() != nil {
		slow.Missing(t, "no namespace without a network")
	}
	s := theScene(t).copyTo(t, t.TempDir())
	s.claimed()
	const away = "https://register.invalid/register.git"
	for _, who := range sceneOfficers {
		s.reroute(who, s.host, away)
	}
	s.write("letter.md", "# Hei\n\nVelkommen.\n")
	main := s.git(s.host, "rev-parse", "main")
	fill := strings.NewReplacer("$ID2", s.ids[6], "$ID3", s.ids[7], "$ID", s.ids[5], "$GONE", s.gone, "$TOPIC", s.topic,
		"$KARI", s.vars["kari"], "$OLA", s.vars["ola"], "$HOST", away, "$SERVER", s.host, "$GENESIS", s.genesis)
	activity := ""
	var tried []string
	for _, u := range withoutNetwork {
		args := strings.Fields(strings.ReplaceAll(fill.Replace(u.line), "$ACTIVITY", activity))
		c := s.cmd(u.who, args...)
		if u.who == "" {
			c = s.cmd("", append([]string{"-C", s.host}, args...)...)
		}
		c.Args = append([]string{"unshare", "-rn"}, c.Args...)
		c.Path, _ = exec.LookPath("unshare")
		out, err := c.CombinedOutput()
		switch text := string(out); {
		case strings.Contains(text, "goroutine "):
			t.Errorf("%s: a panic\n%s", u.line, text)
		case u.needs == "" && err != nil:
			t.Errorf("%s %s: %v\n%s", u.who, u.line, err, text)
		case u.needs != "" && (err == nil || !strings.Contains(text, u.needs)):
			t.Errorf("%s %s: %v; want %q\n%s", u.who, u.line, err, u.needs, text)
		}
		if strings.HasPrefix(u.line, "activity add") {
			if m := regexp.MustCompile(`\b[a-z2-7]{13}\b`).FindString(string(out)); m != "" {
				activity = m
			}
		}
		if u.line == "policy get mine" {
			rules := filepath.Join("mine", "retention.yaml")
			b, err := os.ReadFile(s.at(rules))
			if err != nil {
				t.Fatal(err)
			}
			s.write(rules, string(b)+"# another\n")
		}
		tried = append(tried, u.line)
	}
	for _, c := range s.commands() {
		if !slices.ContainsFunc(tried, func(line string) bool { return line == c || strings.HasPrefix(line, c+" ") }) {
			t.Errorf("%s: what does it do without a network? say so in this test", c)
		}
	}
	if s.git(s.host, "rev-parse", "main") != main {
		t.Error("main has moved")
	}
	if es, err := filepath.Glob(filepath.Join(s.at("tmp"), "*")); err != nil || len(es) > 0 {
		t.Errorf("left behind: %q, %v", es, err)
	}
}

// claimed gives the register a policy on dues, and claims a year's.
func (s *scene) claimed() {
	s.t.Helper()
	s.run("sec", "policy", "get", s.at("withdues"))
	s.write(filepath.Join("withdues", "dues.yaml"), `collected-by: national
currency: NOK
channels: [email, letter]
account: 9999 10 42764
reference-form: {scheme: kid-mod10}
amounts:
  - {id: adult, amount: 35000}
accounts: {receivable: "1500", income: "3900", bank: "1920", losses: "7830"}
lapse: {unpaid-years: 2, clock: claims, reason: unpaid}
keep-years: 5
`)
	s.run("sec", "policy", "put", s.at("withdues"))
	s.run("sec", "dues", "claim", "2026")
	s.run("kari", "sync")
}

// commands are all commands that the program's help lists and that do something.
func (s *scene) commands() []string {
	s.t.Helper()
	name := regexp.MustCompile(`(?m)^  ([a-z-]+) {2,}`)
	var walk func(path []string) []string
	walk = func(path []string) []string {
		help, _, _ := strings.Cut(s.run("", append(path[:len(path):len(path)], "--help")...), "\nFlags")
		_, list, family := strings.Cut(help, "\nCommands:\n")
		if len(path) == 0 {
			_, list, family = strings.Cut(help, "COMMAND\n")
		}
		if !family {
			return []string{strings.Join(path, " ")}
		}
		var out []string
		for _, m := range name.FindAllStringSubmatch(list, -1) {
			out = append(out, walk(append(path[:len(path):len(path)], m[1]))...)
		}
		return out
	}
	return walk(nil)
}
