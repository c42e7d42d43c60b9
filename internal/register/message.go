package register

import (
	"fmt"
	"strconv"
	"strings"
)

// Commit messages and topics are for ever and in clear, so they are generated,
// and the check accepts no other: no person's name can hide in them.

// Verbs are the acts that a commit message may name.
var Verbs = []string{"add", "edit", "import", "move", "close", "reopen", "reschedule", "request", "withdraw",
	"grant", "revoke", "review", "rotate", "retire", "readers", "erase", "unit", "policy", "site", "reject",
	"draw", "attest", "run", VerbRekey, VerbContain, "activity", "tidy", VerbDues, VerbSend}

// Verbs of the acts that seal a whole unit anew. After VerbContain its keyring keeps no
// key of an older version.
const (
	VerbRekey   = "rekey"
	VerbContain = "contain"
)

// VerbDues is the verb of an act of dues: its file of the ledger, and the records of those
// whom it concerns.
const VerbDues = "dues"

// VerbSend is the verb of a sending: its receipt, and whom it reaches.
const VerbSend = "send"

// Message is the message of a commit that does one thing: "edit 1 in asker".
func Message(verb string, n int, unit UnitID) string {
	return verb + " " + strconv.Itoa(n) + " in " + string(unit) + "\n"
}

// InitMessage is the message of a register's first commit.
const InitMessage = "init\n"

// MergeMessage is the message of the commit that merges a proposal.
func MergeMessage(h Handle, topic string) string {
	return "merge " + string(h) + "/" + topic + "\n"
}

// KeyringMessage is the message of a keyring's parentless commit.
func KeyringMessage(u UnitID, serial uint64) string {
	return "keyring " + strconv.FormatUint(serial, 10) + " in " + string(u) + "\n"
}

// CheckMessage returns an error unless msg is one that this package makes.
func CheckMessage(msg string) error {
	_, err := ParseMessage(msg)
	return err
}

// NewTopic returns the name of a new proposal: the unit and a fresh id.
func NewTopic(u UnitID) string { return string(u) + "-" + string(NewRecordID()) }

// ParseTopic returns the unit of a topic that NewTopic made.
func ParseTopic(s string) (UnitID, error) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", fmt.Errorf("malformed topic %q", clip(s))
	}
	if _, err := ParseRecordID(s[i+1:]); err != nil {
		return "", fmt.Errorf("malformed topic %q: %w", clip(s), err)
	}
	return ParseUnitID(s[:i])
}

// ProposalRef is the ref of a proposal on a plain git server.
func ProposalRef(h Handle, topic string) string { return Proposals + string(h) + "/" + topic }

// ParseProposalRef takes the name of a proposal's ref apart.
func ParseProposalRef(ref string) (Handle, string, error) {
	rest, ok := strings.CutPrefix(ref, Proposals)
	if !ok {
		return "", "", fmt.Errorf("ref %q: not a proposal", clip(ref))
	}
	name, topic, _ := strings.Cut(rest, "/")
	h, err := ParseHandle(name)
	if err != nil {
		return "", "", fmt.Errorf("ref %q: %w", clip(ref), err)
	}
	if _, err := ParseTopic(topic); err != nil {
		return "", "", fmt.Errorf("ref %q: %w", clip(ref), err)
	}
	return h, topic, nil
}
