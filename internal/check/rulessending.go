package check

import "github.com/medlem-register/medlem/internal/access"

// The rules of what is sent to members. They come with sendings.yaml: where the policy
// has no channels, nothing may be sent.

// sending: what members are written.
var (
	ruleSendingReceipt = newRule("sending/receipt", inProposal|inMain|inAll,
		"a receipt of a sending that is not in its one form, says what its commit does not, or is of a channel or an audience that the policy does not have",
		"send with medlem, which writes the receipt; channels and audiences stand in policies/sendings.yaml")
	ruleSendingScope = newRule("sending/scope", inProposal|inMain,
		"a sending to a unit that the policy does not know, or to which its officer may not write, or a receipt in another place or name",
		"let an officer send it whose office may in every one of the units (policies/access.yaml, send)")
	ruleSendingProtected = newRule("sending/protected", inProposal|inMain,
		"a sending to members of a protected unit: with others, or not by the secretariat",
		"leave the protected unit out; the secretariat writes to one of its members at a time")
	ruleSendingEvent = newRule("sending/event", inProposal|inMain,
		"one more SMS about an event to units of which members have had as many as the policy allows",
		"leave it, or ask the secretariat, which may send it")
	ruleSendingList = newRule("sending/list", inProposal|inMain|inAll,
		"a receipt of a sending without the sealed lists of whom it reached, or such a list without a receipt that names its unit",
		"send with medlem, which writes both")
	ruleSendingChanged = newRule("sending/changed", inProposal|inMain,
		"a receipt of a sending, or a sealed list of it, that was changed or removed",
		"leave receipts as they are; only their own officer adds how many messages went, and when")
)

// ruleSendingKept is of sendings whose time is over.
var ruleSendingKept = newRule("retention/sending", inAll,
	"receipts of sendings, or lists of whom they reached, that are kept for longer than the policy says",
	"take them away: medlem retention tidy")

// sendingRules are the rules that an access.SendingFault names.
var sendingRules = map[string]*rule{
	access.SendingReceipt:   ruleSendingReceipt,
	access.SendingScope:     ruleSendingScope,
	access.SendingProtected: ruleSendingProtected,
}
