package check

// The rules of what an office asks of its grants, of reviews, and of how policies
// change. They come with keys of the policy: a register whose policy has none of
// these is judged by none of them.

// grant: what its office asks for.
var (
	rulePosition = newRule("grant/position", inProposal|inMain|inAll,
		"a grant for a position that does not carry its office",
		"name one of the office's positions (policies/access.yaml)")
	rulePurpose = newRule("grant/purpose", inProposal|inMain|inAll,
		"a grant for a purpose that its office does not have",
		"name one of the office's purposes (policies/access.yaml)")
	ruleTask = newRule("grant/task", inProposal|inMain|inAll,
		"a grant for a task that its office does not have",
		"name one of the office's tasks (policies/access.yaml)")
	ruleColumns = newRule("grant/columns", inProposal|inMain|inAll,
		"a grant of columns that its task does not need, or that records do not have",
		"name columns of the task, no others")
	ruleNeeds = newRule("grant/needs", inProposal|inMain|inAll,
		"a grant that does not say what its office asks for",
		"write the grant with what is missing")
	ruleMeeting = newRule("grant/meeting", inProposal|inMain|inAll,
		"a grant that no meeting of the right kind has decided, or of a meeting that is still to come",
		"name the kind of meeting and its day, as the minutes have them")
	ruleTerm = newRule("grant/term", inProposal|inMain|inAll,
		"a grant without an end, or one that lasts longer than its office allows",
		"let it end in time; it can be renewed")
	ruleException = newRule("grant/exception", inProposal|inMain|inAll,
		"an exception that the office does not have, that is not for this grant, or that lasts too long",
		"write the grant without it, or see what the policy says of it (policies/access.yaml)")
	ruleBelongs = newRule("grant/belongs", inProposal|inMain|inAll,
		"a grant to somebody who is not a member of the unit, without an exception that allows it",
		"let her who belongs to the unit be appointed, or ask for the exception")
	ruleFactor = newRule("grant/factor", inProposal|inMain|inAll,
		"an identity that is protected in another way than its office asks for",
		"protect the identity as the policy says, and state it (policies/access.yaml, second-factor)")
	ruleGuide = newRule("grant/guide", inProposal|inMain|inAll,
		"a guide that the policy does not have yet, or that the office does not ask for",
		"acknowledge the version that the policy names")
	ruleNames = newRule("grant/names", inProposal|inMain,
		"a grant that must list everybody with access in the unit, and does not",
		"list who shall have access, and end the grants of the others in the same commit")
	ruleGrantSignature = newRule("grant/signature", inProposal|inMain|inAll,
		"a signature of a grant that is not good, was made at another time, or by somebody who may not make it",
		"let whom the policy names sign this grant as it stands, on its day")
	ruleAttested = newRule("grant/attested", inProposal|inMain|inAll,
		"what somebody signs for others, signed by the appointee herself, or attested by one who signed it",
		"let another officer sign or attest it")
	ruleEvidenceReused = newRule("grant/evidence-reused", inProposal|inMain|inAll,
		"a document that is another grant's",
		"add the document that was made for this grant")
	ruleRemoval = newRule("grant/removal", inProposal|inMain,
		"more access taken away at once than the policy allows",
		"do it in several commits, so that a mistake or a stolen key cannot lock everybody out at once")
	ruleWish = newRule("grant/recommended", inProposal|inMain|inAll,
		"what the policy recommends for an office, and is not so; it refuses nothing",
		"see whether it should be so")
	ruleEndsSoon = newRule("grant/ends-soon", inAll,
		"a grant that ends soon",
		"renew it, or let a successor be appointed")
)

// review: the control of who has access.
var (
	ruleReviewForm = newRule("review/form", inProposal|inMain|inAll,
		"a review that is not in its one form, or lies in another unit than reviews do",
		"write it with medlem")
	ruleReviewDay = newRule("review/day", inProposal|inMain,
		"a review that is dated on another day than its commit",
		"date it on the day on which it is made")
	ruleReviewBy = newRule("review/by", inProposal|inMain,
		"a review by somebody whom the policy does not name for it",
		"let a holder of one of the offices in policies/review.yaml make it")
	ruleReviewGrants = newRule("review/grants", inProposal|inMain,
		"a review that leaves out a grant, or names one that is not there",
		"name every grant, as kept or as ended; run medlem sync if main has moved")
	ruleReviewKept = newRule("review/kept", inProposal|inMain,
		"a review that says another thing of a grant than the commit does",
		"end the grants that it calls ended in the same commit, and no others")
	ruleReviewChanged = newRule("review/changed", inProposal|inMain,
		"a review that was changed or removed",
		"leave reviews as they are, and make a new one")
	ruleReviewOverdue = newRule("review/overdue", inProposal|inMain|inAll,
		"the review of who has access is overdue",
		"make it: name every grant, as kept or as ended")
	ruleReviewSoon = newRule("review/soon", inAll,
		"the review of who has access is due soon",
		"make it: name every grant, as kept or as ended")
)

// policy: how the policy files change.
var (
	ruleAmend = newRule("policy/amend", inProposal|inMain,
		"a change of the policy by somebody whose office may not decide on it",
		"let a holder of one of the offices that are named make the change")
	ruleEffect = newRule("policy/effect", inProposal|inMain,
		"a change of the policy that gives or takes access, without saying that this is known and meant",
		"look at it with medlem policy effect, and make the change again with what that prints")
	rulePolicyTests = newRule("policy/tests", inProposal|inMain,
		"a test of the policy removed or changed together with what it tests",
		"change the policy so that its tests hold, or change the tests by themselves first")
	rulePolicyLint = newRule("policy/lint", inProposal|inMain|inAll,
		"what the policy says may be against the law or against itself; it refuses nothing",
		"see whether it is meant, and ask somebody who knows the law")
)

// scope: how much at once.
var ruleBulk = newRule("scope/bulk", inProposal|inMain,
	"more new members at once than the policy takes after the last day of whole lists",
	"enter them one by one (medlem add), in smaller proposals; the days are in policies/lists.yaml, bulk-import")

// scope: units that are no more.
var ruleDissolved = newRule("scope/dissolved", inProposal|inMain,
	"a member, an activity, a request or access that is new in a unit which is dissolved",
	"enter it in another unit; policies/organisation.yaml says with dissolved which units are no more")

// scope: what an officer declares.
var ruleField = newRule("scope/field", inProposal|inMain,
	"a change of fields that was not declared, or of a field that the officer's offices do not give",
	"change with medlem, which declares the fields, or ask the secretariat to do it")
