package check

import (
	"cmp"
	"slices"
	"strings"
)

// Rule is one rule that findings name. Ids are never reused for another meaning.
type Rule struct {
	ID     string // "area/slug"
	Means  string // what is wrong when the rule is named
	WayOut string // what to do then
}

// rule is a Rule and the kinds of check that apply it. Findings can be made
// from these variables only, so that none names a rule that is not listed.
type rule struct {
	Rule
	in kind
}

// kind is a kind of check, or several.
type kind int

const (
	inProposal kind = 1 << iota
	inMain          // Direct, Verify
	inAll
)

var allRules []*rule

func newRule(id string, in kind, means, wayOut string) *rule {
	r := &rule{Rule{id, means, wayOut}, in}
	allRules = append(allRules, r)
	return r
}

// areas are the first halves of the rules' ids, in the order in which they are
// listed.
var areas = []string{"check", "layout", "seal", "sign", "scope", "grant", "review", "reader", "draw", "sending", "dues", "retention", "policy"}

// Rules returns every rule that this package applies, in the order of areas.
func Rules() []Rule {
	out := make([]Rule, len(allRules))
	for i, r := range allRules {
		out[i] = r.Rule
	}
	slices.SortStableFunc(out, func(a, b Rule) int { return cmp.Compare(a.area(), b.area()) })
	return out
}

func (r Rule) area() int {
	area, _, _ := strings.Cut(r.ID, "/")
	return slices.Index(areas, area)
}

// check: the check itself.
var (
	ruleNothing = newRule("check/nothing", inProposal|inMain,
		"a commit that changes nothing",
		"submit the commits that change something; a check that saw nothing says nothing")
	ruleBase = newRule("check/base", inProposal|inMain,
		"the proposal does not start from exactly one commit of main",
		"run medlem sync, make the change again, and submit it")
	ruleMerged = newRule("check/merged", inProposal|inMain,
		"main contains the proposal already",
		"close it: there is nothing left to merge")
	ruleTooMany = newRule("check/too-many", inProposal|inMain|inAll,
		"there are more findings than a report lists",
		"correct those that are listed and check again")
)

// layout: what may lie where.
var (
	rulePath = newRule("layout/path", inProposal|inMain|inAll,
		"a path that no part of a register has",
		"take the file out; a register holds only what docs/format.md lists")
	ruleMode = newRule("layout/mode", inProposal|inMain|inAll,
		"something other than a plain file: a link, a submodule, a program",
		"store it as a plain file (mode 100644) or take it out")
	ruleTree = newRule("layout/tree", inProposal|inMain|inAll,
		"a folder that is malformed, empty or missing, or folders too many to look at",
		"write the change again with medlem; git would not have written this")
	ruleCase = newRule("layout/case", inProposal|inMain|inAll,
		"two names that are one on Windows and macOS",
		"rename one of them")
	ruleSize = newRule("layout/size", inProposal|inMain|inAll,
		"a file larger than its kind may be",
		"make it smaller or keep it elsewhere")
	ruleUnit = newRule("layout/unit", inProposal|inMain|inAll,
		"a folder of a unit that the policy does not know",
		"correct the name, or add the unit to policies/organisation.yaml first")
	ruleCount = newRule("layout/count", inProposal|inMain,
		"more files or commits than one proposal may have",
		"submit it in several parts")
	ruleEnvelopeOnMain = newRule("layout/envelope", inMain|inAll,
		"an envelope on main: the secret of a proposal stays with the proposal",
		"merge with medlem merge, which leaves the envelope out")
)

// seal: the form of sealed files. The first eight are those of seal.HeaderError.
var (
	ruleNotAge = newRule("seal/not-age", inProposal|inMain|inAll,
		"not an age file in its canonical form, perhaps not sealed at all",
		"treat the content as disclosed if it was readable; seal it with medlem")
	ruleStanza = newRule("seal/stanza", inProposal|inMain|inAll,
		"sealed in another way than files of this kind are",
		"seal it with medlem; a record is sealed to its record key alone")
	ruleStanzas = newRule("seal/count", inProposal|inMain|inAll,
		"sealed to more or fewer than it should be",
		"seal it with medlem, after medlem sync; the recipients may have changed")
	ruleClassic = newRule("seal/classic", inProposal|inMain,
		"sealed to a recipient that a quantum computer would open",
		"seal it to age1pq1… recipients only")
	ruleWorkFactor = newRule("seal/work-factor", inProposal|inMain|inAll,
		"sealed under a password, or with a work factor that would stall its readers",
		"seal it with medlem: log2(N) is 1, since a record key needs no stretching")
	ruleBucket = newRule("seal/bucket", inProposal|inMain|inAll,
		"the content is not padded, so that its size tells something of it",
		"seal it with medlem")
	ruleTrailing = newRule("seal/trailing", inProposal|inMain|inAll,
		"bytes follow the sealed content",
		"seal it with medlem; something else may be hidden there")
	ruleSealedSize = newRule("seal/size", inProposal|inMain|inAll,
		"a sealed file that is cut off",
		"seal it again with medlem")
	ruleEnvelope = newRule("seal/envelope", inProposal|inMain,
		"the proposal has no envelope, an unneeded one, more than one, one in another unit, or changes it on the way",
		"make the change again with medlem: the first commit brings the one envelope, beside what is sealed")
	ruleReused = newRule("seal/reused", inProposal|inMain|inAll,
		"a sealed file that stands or stood elsewhere: swapped, copied, or an older version put back",
		"seal the record anew with medlem")
	ruleNotResealed = newRule("seal/not-resealed", inMain,
		"a sealed file went from the proposal to main as it was, so that the proposal's secret still opens it",
		"merge with medlem merge, which seals each record under a fresh key")
)

// sign: who made a commit, and when.
var (
	ruleUnsigned = newRule("sign/unsigned", inProposal|inMain,
		"the commit is not signed",
		"make the change with medlem, which signs")
	ruleSignature = newRule("sign/signature", inProposal|inMain,
		"the commit's signature is not good",
		"somebody changed the commit after it was signed; make the change again")
	ruleUnknownKey = newRule("sign/unknown-key", inProposal|inMain,
		"the commit is signed with a key that is no officer's",
		"ask the secretariat to enter your key (medlem key show)")
	ruleSecretariat = newRule("sign/secretariat", inMain,
		"a commit of main that the secretariat did not sign",
		"push main back from a copy that verifies: docs/repair.sh")
	ruleAuthor = newRule("sign/author", inProposal|inMain,
		"the commit names another author than its signer, or not in the form that is used",
		"make the change with medlem; a commit names its signer's handle only")
	ruleHeader = newRule("sign/header", inProposal|inMain,
		"the commit has headers that a register's commits do not have",
		"make the change with medlem")
	ruleCommit = newRule("sign/malformed", inProposal|inMain,
		"a commit that is malformed, or whose history is too long to look at",
		"make the change with medlem; git would not have written this")
	ruleParents = newRule("sign/parents", inProposal|inMain,
		"the commit has the wrong number of parents, or another parent",
		"make the change with medlem; a proposal is one line of commits, a merge joins main and one proposal")
	ruleMessage = newRule("sign/message", inProposal|inMain,
		"a commit message that was not generated, or that says something else than the commit does",
		"make the change with medlem; messages are for ever and in clear, so nobody writes them")
	ruleDate = newRule("sign/date", inProposal|inMain,
		"a date before that of the parent, or in the future",
		"set the clock of the machine right and make the change again")
	ruleSeveral = newRule("sign/several", inProposal|inMain,
		"commits of several officers in one proposal",
		"submit each officer's changes as a proposal of their own")
	ruleRef = newRule("sign/ref", inProposal|inMain,
		"the proposal lies under another officer's name, or is named for a unit that it does not touch",
		"submit with medlem, which names proposals")
)

// scope: who may do what, where.
var (
	ruleAct = newRule("scope/act", inProposal|inMain,
		"the officer's offices do not give the right to do this there on that day",
		"ask the secretariat to do it, or to change the grant")
	ruleAlone = newRule("scope/alone", inProposal|inMain,
		"a change of the policy, the site or the recovery recipient together with other changes",
		"submit the policy change by itself")
	ruleGone = newRule("scope/gone", inProposal|inMain,
		"a member's record is gone without a tombstone",
		"close the membership (medlem close); only an erasure removes a record")
	ruleTombstone = newRule("scope/tombstone", inProposal|inMain|inAll,
		"a tombstone without its erasure, in the wrong place or form, of a reason that the policy does not have, or one that was changed or removed",
		"erase with medlem erase; tombstones stay as they are, for ever")
	rulePlace = newRule("scope/place", inProposal|inMain|inAll,
		"a record that stands in two places, or appears where records do not begin",
		"take one of them out; a new member begins in members/")
	ruleID = newRule("scope/id", inProposal|inMain,
		"an id that is taken already",
		"add the member with medlem, which gives a fresh id")
	ruleErased = newRule("scope/erased", inProposal|inMain|inAll,
		"the id of a record that was erased",
		"leave the record out: medlem sync drops it from the draft")
	ruleStale = newRule("scope/stale", inProposal,
		"main has changed the same thing since, in a way that cannot be merged",
		"run medlem sync, make the change again, and submit it")
	ruleMonth = newRule("scope/month", inProposal|inMain,
		"a month of erasure that has passed, or that is later than any retention period of the policy",
		"close the membership with medlem, which takes the month from the policy")
	ruleKeyringTouched = newRule("scope/keyring", inProposal|inMain,
		"a proposal that changes a keyring.yaml",
		"leave keyrings to the secretariat's merge")
	ruleEvidence = newRule("scope/evidence", inProposal|inMain|inAll,
		"a document that was changed, or that no grant names",
		"bring a document together with the grant that needs it, a corrected one under a new id")
	ruleAnswered = newRule("scope/answered", inProposal|inMain,
		"a proposal that takes a request away",
		"leave it to the secretariat, whose merge answers it")
	ruleRekey = newRule("scope/rekey", inMain,
		"a commit that says it seals a unit anew, and does more, or leaves files as they were",
		"seal the whole unit anew with medlem rekey, and nothing else in the same commit")
)

// grant: officers and their access.
var (
	ruleGrantFile = newRule("grant/malformed", inProposal|inMain|inAll,
		"an officer's file or a grant that is not in its one form",
		"write it with medlem grant or medlem rotate")
	ruleOffice = newRule("grant/office", inProposal|inMain|inAll,
		"a grant of an office that the policy does not know",
		"name one of the offices in policies/access.yaml")
	ruleLevel = newRule("grant/level", inProposal|inMain|inAll,
		"a grant of an office that belongs to another kind of unit",
		"choose an office of the unit's own level")
	ruleSeats = newRule("grant/seats", inProposal|inMain|inAll,
		"more officers in an office than it has seats",
		"end the predecessor's grant in the same commit (medlem grant --replace), or revoke one")
	ruleVacant = newRule("grant/vacant", inProposal|inMain|inAll,
		"the office that merges has fewer officers than it must",
		"grant it to a successor before the last one leaves")
	ruleNoOfficer = newRule("grant/officer", inProposal|inMain|inAll,
		"a grant to somebody whose officer file is missing",
		"add data/officers/<handle>.yaml, or revoke the grant")
	ruleSelf = newRule("grant/self", inProposal|inMain,
		"an officer who grants or widens her own access",
		"let another officer write the grant")
	ruleBackdated = newRule("grant/backdated", inProposal|inMain,
		"a grant that begins before the day on which it is written",
		"let it begin on that day")
	ruleEnded = newRule("grant/ended", inProposal|inMain,
		"a grant that has ended was rewritten",
		"write a new grant that begins today; the old one stays in history")
	ruleHandle = newRule("grant/handle", inProposal|inMain|inAll,
		"a new officer whose handle does not belong to her signing key",
		"take the officer's own file, as medlem key show prints it")
	ruleSigningKey = newRule("grant/signing-key", inProposal|inMain,
		"the signing key of an officer was changed by somebody other than the secretariat",
		"ask the secretariat to replace it")
	ruleRecipient = newRule("grant/recipient", inProposal|inMain|inAll,
		"a recipient that two officers have: no keyring could be sealed to both",
		"take it out of the file of the officer whose it is not")
	ruleStatement = newRule("grant/statement", inProposal|inMain,
		"an officer's statement about a destroyed identity was changed, removed, or made by another",
		"leave statements as they are; each officer makes her own")
	ruleGrantEvidence = newRule("grant/evidence", inProposal|inMain|inAll,
		"a grant that names evidence which is not there, or is another file than it was",
		"add the document together with the grant")
)

// reader: the keyrings and to whom they are sealed.
var (
	ruleKeyringFile = newRule("reader/malformed", inMain|inAll,
		"a keyring.yaml that is not in its one form",
		"let medlem write it; the secretariat's next act does")
	ruleNoKeyring = newRule("reader/missing", inMain|inAll,
		"a unit without a keyring.yaml",
		"let medlem make it; the secretariat's next act does")
	ruleReaders = newRule("reader/readers", inMain|inAll,
		"a keyring whose readers are not those whom policy and grants give on this day",
		"let medlem seal it anew; the secretariat's next act does")
	ruleSerial = newRule("reader/serial", inMain,
		"a keyring whose number did not rise by one, or whose digest did not change with it",
		"let medlem write it; an older keyring may have been put back")
	ruleKeyringKept = newRule("reader/unchanged", inMain,
		"a keyring that was not sealed anew although the unit's records, readers or their recipients changed",
		"let medlem make the commit; a record that was sealed anew has a new key")
	ruleNoSealed = newRule("reader/absent", inMain|inAll,
		"a sealed keyring that is not there",
		"push it back from a copy that has it: docs/repair.sh")
	ruleDigest = newRule("reader/digest", inMain|inAll,
		"a sealed keyring that is not the one that main names",
		"push the right one back: docs/repair.sh")
	ruleSealedKeyring = newRule("reader/sealed", inMain|inAll,
		"a sealed keyring of another form, or sealed to more or fewer recipients than its readers have",
		"let medlem seal it anew; the secretariat's next act does")
	ruleStray = newRule("reader/stray", inMain|inAll,
		"a sealed keyring that main does not name",
		"delete it: what it opens may have been erased since")
	ruleKeyringCommit = newRule("reader/commit", inMain|inAll,
		"a keyring's ref that holds something other than one keyring, and tokens beside it",
		"push it back from a copy that has it: docs/repair.sh")
	ruleTokens = newRule("reader/tokens", inMain|inAll,
		"tokens beside a keyring that main does not name, or sealed to others than the secretariat and the recovery recipient",
		"push the right ones back: medlem doctor --repair; who may open them can find out who is a member of two units")
	ruleTokensKept = newRule("reader/tokens-unchanged", inMain,
		"tokens that were not sealed anew although somebody was erased, or the secretariat's recipients changed",
		"let medlem make the commit: it takes the tokens of whoever is erased out")
)

// The rules of what members and strangers send to. They come with pages.yaml.
var (
	ruleJoining = newRule("reader/joining", inMain|inAll,
		"a keyring.yaml without the key to which members and strangers seal what they send, with one that the policy does not want, or with something else in its place",
		"let medlem seal the keyring anew; the secretariat's next act does")
	ruleJoiningKept = newRule("reader/joining-unchanged", inMain,
		"a key to which members and strangers seal what they send that stayed although a reader left, or that another unit has",
		"let medlem make the commit: what is sent from now on is not for who has left")
)

// retention: what should be gone.
var (
	ruleOverdue = newRule("retention/overdue", inAll,
		"a closed record whose month has ended",
		"erase it: medlem erase; where it is restricted, put that off: medlem subject restrict ID --erase-by MONTH")
	ruleActivity = newRule("retention/activity", inAll,
		"participants of an activity that is over",
		"erase it: medlem erase --due, or medlem activity erase")
	ruleActivityEnd = newRule("retention/activity-end", inProposal|inMain,
		"an activity that ends before it is entered, later than the policy allows, or is postponed when it is over",
		"give a last day within the policy's months; what is over is erased, and held again as a new activity")
)

// retention: erasing many at once, and the brakes on it.
var (
	ruleRunForm = newRule("retention/run-form", inProposal|inMain|inAll,
		"a run of erasures that is not in its one form, or that lies elsewhere than in the top unit's folder",
		"propose it with medlem retention run, which writes it")
	ruleRun = newRule("retention/run", inProposal|inMain,
		"a run of erasures that begins, changes or goes otherwise than a run may: in a proposal, in another's name, beside an open one, of more records than the policy lets one run erase, or with too short a quarantine",
		"propose it with medlem retention run, as the secretariat; only signatures, stops and its end are added")
	ruleRunList = newRule("retention/run-list", inMain|inAll,
		"an open run without the sealed list of whom it would erase, one sealed to others than the secretariat and the recovery recipient, or such a list without an open run",
		"let medlem make the commit: it seals the list anew when the secretariat's recipients change, and takes it away with the run's end")
	ruleRunSigned = newRule("retention/run-signed", inMain,
		"a run signed in another officer's name",
		"let each officer of the secretariat sign herself: medlem retention sign")
	ruleRunDone = newRule("retention/run-done", inMain,
		"a run finished before its quarantine is over or without the signatures that the policy asks for, or that erases others than it announced",
		"finish it with medlem retention finish, which waits and compares; stop it where it is wrong")
	ruleBrake = newRule("retention/brake", inProposal|inMain,
		"more records erased than the policy's brakes allow outside a run, or a record that was not closed",
		"close a record before it is erased, and let more than one wait for a run: medlem retention run")
)

// policy: the policy files.
var rulePolicy = newRule("policy/malformed", inProposal|inMain|inAll,
	"a policy file that cannot be read, or that contradicts another",
	"correct it at the line that is named")
