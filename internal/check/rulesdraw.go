package check

import "github.com/medlem-register/medlem/internal/access"

// The rules of lists that leave the register. They come with lists.yaml: where the
// policy has no purposes for lists, none may be drawn.

// draw: lists taken out.
var (
	ruleDrawForm = newRule("draw/form", inProposal|inMain|inAll,
		"a receipt of a list that is not in its one form, or of a list in a form that the policy does not let be",
		"draw the list with medlem draw, which writes the receipt")
	ruleDrawDay = newRule("draw/day", inProposal|inMain,
		"a receipt that is dated on another day than its commit",
		"draw the list again: a receipt is made when the list is")
	ruleDrawMain = newRule("draw/main", inProposal|inMain,
		"a list drawn from something that main never was",
		"run medlem sync, and draw the list again")
	ruleDrawFresh = newRule("draw/fresh", inProposal|inMain,
		"a warning: a list drawn from a copy that was older than a list may be",
		"run medlem sync where the server can be reached, and draw the list again")
	ruleDrawBy = newRule("draw/by", inProposal|inMain,
		"a list drawn by somebody who may not draw lists there, or a receipt in another officer's name",
		"let an officer draw it whose office may (policies/access.yaml, draw)")
	ruleDrawUnits = newRule("draw/units", inProposal|inMain,
		"a list of a unit that the policy does not know, or a receipt in a unit that the list is not of",
		"draw the list with medlem draw, which chooses the place")
	ruleDrawPurpose = newRule("draw/purpose", inProposal|inMain,
		"a list for a purpose that the policy does not have, or that the officer's office does not draw lists for",
		"draw it for one of the purposes in policies/lists.yaml")
	ruleDrawColumns = newRule("draw/columns", inProposal|inMain,
		"a list of fields that records do not have, that its officer may not see, or that its purpose does not need",
		"take the columns of the purpose; others need a reason, where the policy lets them be taken at all")
	ruleDrawUntil = newRule("draw/until", inProposal|inMain,
		"a list that may exist for longer than the policy says",
		"let it be destroyed in time (policies/lists.yaml, destroy-after)")
	ruleDrawReceiver = newRule("draw/receiver", inProposal|inMain,
		"a list for somebody who may not read these members, or may be handed none",
		"let the officer ask for the list (medlem draw request), or see who may be handed one (policies/lists.yaml)")
	ruleDrawRequest = newRule("draw/request", inProposal|inMain,
		"a list on a request that the policy does not know, or that this officer may not approve",
		"see which requests there are (policies/lists.yaml), and approve with medlem draw approve")
	ruleDrawProtected = newRule("draw/protected", inProposal|inMain,
		"a list that has members of a protected unit: with others, drawn by somebody from elsewhere, or handed out",
		"leave the protected unit out; its own officers draw lists of it, of nobody else and for nobody without access")
	ruleDrawCount = newRule("draw/count", inProposal|inMain,
		"a list of more members than its units have",
		"draw the list with medlem draw, which counts")
	ruleDrawPair = newRule("draw/pair", inProposal|inMain|inAll,
		"a receipt without the sealed list of whom it named, or such a list without a receipt",
		"draw the list with medlem draw, which writes both")
	ruleDrawDelivery = newRule("draw/delivery", inProposal|inMain,
		"a list and its password that went the same way, or a delivery told by somebody else than who drew it, or of another day",
		"send the password another way than the list, and say so on that day (medlem draw sent)")
	ruleDrawDestroyed = newRule("draw/destroyed", inProposal|inMain,
		"a destruction attested in another officer's name, by somebody whose list it is not, or of another day",
		"let who got the list, who drew it, or who may draw there attest it (medlem draw destroyed)")
	ruleDrawChanged = newRule("draw/changed", inProposal|inMain,
		"a receipt, or the sealed list beside it, that was changed or removed",
		"leave receipts as they are; only deliveries and destructions are added")
)

// ruleDraw is of lists that should be gone.
var ruleDraw = newRule("retention/draw", inAll,
	"a list that should have been destroyed, and nobody has said that it is",
	"destroy it, and say so: medlem draw destroyed")

// drawRules are the rules that an access.DrawFault names.
var drawRules = map[string]*rule{
	access.DrawForm:     ruleDrawForm,
	access.DrawBy:       ruleDrawBy,
	access.DrawUnits:    ruleDrawUnits,
	access.DrawPurpose:  ruleDrawPurpose,
	access.DrawColumns:  ruleDrawColumns,
	access.DrawUntil:    ruleDrawUntil,
	access.DrawReceiver: ruleDrawReceiver,
	access.DrawRequest:  ruleDrawRequest,

	access.DrawProtected: ruleDrawProtected,
}
