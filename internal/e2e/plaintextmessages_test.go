package e2e

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/mail/mailtest"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

const duesOfTrace = `collected-by: national
claim: {from: "01-02", to: "12-31"}
new-member-days: 5
reminders: {min: 4, max: 5}
channels: [email, letter]
means:
  - {id: bank, for: [join, renewal]}
currency: NOK
account: 9999 10 42764
reference-form: {scheme: kid-mod10}
amounts:
  - {id: all, amount: 35000}
accounts: {receivable: "1500", income: "3900", bank: "1920", losses: "7830"}
lapse: {unpaid-years: 2, clock: claims, reason: unpaid}
keep-years: 5
`

const listsOfTrace = `purposes:
  - {id: letters, name: {sv: Brev, da: Breve, nb: Brev, en: Letters}, columns: [given, family, street, postcode, city, country]}
destroy-after: 30
printed: true
`

// ATTACK: somebody looks at the disk of the computer on which messages were written and
// dues collected.
// At stake: who was written to, and who has paid. Proves with strace that neither an
// e-mail, its journal, the claims of a year, a payment that is booked nor letters with
// payment forms leave a member's name, address or number in any file.
func TestNoMessageReachesADisk(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	slow.Tool(t, "strace")
	w := newWorld(t)
	w.officer("kari", "asker", "member-officer")
	w.run("sec", "policy", "get", w.at("now"))
	w.write("now/dues.yaml", duesOfTrace)
	w.write("now/lists.yaml", listsOfTrace)
	year := register.DayOf(time.Now()).Year()
	w.run("sec", "policy", "put", w.at("now"))
	list, planted := w.list("list.csv", "sporet", 12)
	w.run("sec", "import", list, "--unit", "asker")
	w.run("kari", "sync")
	server, err := mailtest.Start(mailtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ca, body := w.write("ca.pem", string(server.CA)), w.write("call.md", "Vi møtes lørdag.\n")
	for _, who := range []string{"sec", "kari"} {
		w.run(who, "mail", "setup", "--host", "localhost", "--port", server.Port(), "--ca", ca, "--from", "lag@people.example", "--name", "Kari", "--per-second", "100", "--retry", "0")
	}
	files := 0
	run := func(who string, args ...string) {
		t.Helper()
		_, leak, n := w.traced(planted, w.cmd(who, args...))
		if leak != "" {
			t.Errorf("%s %s: %s", who, args[0], leak)
		}
		files += n
	}
	run("kari", "mail", "--unit", "asker", "--subject", "Lørdag", "--body", body)
	run("kari", "mail", "--unit", "asker", "--subject", "Lørdag", "--body", body, "--send")
	run("kari", "outbox")
	run("kari", "sendings")
	run("sec", "dues", "claim", year)
	run("sec", "letters", "--unit", "asker", "--body", body, "--dues", year, "--out", w.at("letters.pdf.age"))
	run("sec", "dues", "remind")
	ref := w.claimOf(w.members("sec", "asker")[0])
	run("sec", "dues", "book", w.write("paid.txt", string(duestest.OCR(register.DayOf(time.Now()), duestest.Payment{KID: ref, Amount: 35000, Number: 1}))))
	run("sec", "dues", "report", year)
	run("sec", "dues", "export", year, "--format", "csv", "--out", w.at("accounts.csv"))
	run("kari", "sync")
	run("kari", "list")
	if got := len(server.Messages()); got < 12 {
		t.Errorf("%d e-mails arrived, want one for each of 12", got)
	}
	if files < 50 {
		t.Errorf("%d writes to files seen, fewer than these commands make", files)
	}
	for _, name := range []string{"letters.pdf.age", "accounts.csv"} {
		if _, err := os.Stat(w.at(name)); err != nil {
			t.Error(err)
		}
	}
}

// claimOf is the reference of a member's claim.
func (w *world) claimOf(id string) string {
	w.t.Helper()
	var d struct {
		Claims []struct{ Reference string }
	}
	if err := json.Unmarshal([]byte(w.run("sec", "dues", "show", id, "--format", "json")), &d); err != nil || len(d.Claims) == 0 {
		w.t.Fatalf("the claims of a member: %v", err)
	}
	return d.Claims[0].Reference
}
