package desk

// Warning is something that an act goes on in spite of. The caller says it in
// words.
type Warning struct {
	Kind  WarningKind
	Topic string // of the proposal that it is about, if it is: handle/topic where another's
	N     int    // the number of that proposal; 0 where it has none
	Err   error  // why, of those that say so
}

// WarningKind says what is wrong.
type WarningKind string

// The kinds of warnings.
const (
	WarnOffline    WarningKind = "offline"    // the server does not answer, or Err says what it does instead: what is here is worked on
	WarnDraft      WarningKind = "draft"      // one's own draft does not open: main is shown without it; Err says why
	WarnUnreadable WarningKind = "unreadable" // an officer's proposal cannot be read
	WarnNotTaken   WarningKind = "not-taken"  // an officer's new recipient cannot be taken in
	WarnAnswer     WarningKind = "answer"     // what lies there as the secretariat's answer is not theirs, or cannot be read
	WarnGone       WarningKind = "gone"       // one's own proposal is not on the server, and there is a draft in the way
	WarnReceipt    WarningKind = "receipt"    // the receipt of one's own draw is refused by the server
	WarnSite       WarningKind = "site"       // the pages of members who left could not be taken out of the published site
	WarnNoSite     WarningKind = "no-site"    // the published site was taken away with them, and could not be put back
	WarnBack       WarningKind = "back"       // one's own proposal is not on the server, and is the draft again
)
