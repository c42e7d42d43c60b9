package duplicate

// A Reason is a key that says what two records have in common. Texts for it are
// the caller's.
type Reason string

const (
	Given         Reason = "given"         // all given names, by spelling or by sound
	GivenPart     Reason = "given-part"    // one of the records has some of the other's given names
	GivenInitial  Reason = "given-initial" // an initial stands for a name
	GivenSimilar  Reason = "given-similar" // but for a letter or two
	Family        Reason = "family"
	FamilyPart    Reason = "family-part" // one family name of two: who marries often keeps one
	FamilySimilar Reason = "family-similar"
	NamesSwapped  Reason = "names-swapped" // given name and family name the other way round, or both in one field
	Born          Reason = "born"
	BornSwapped   Reason = "born-swapped" // day and month the other way round
	BornCentury   Reason = "born-century" // a hundred years apart
	BornDigit     Reason = "born-digit"   // but for one digit, or two neighbours that changed places
	Email         Reason = "email"
	Phone         Reason = "phone"
	Postcode      Reason = "postcode"
	Street        Reason = "street"
	City          Reason = "city" // where a postal code is not known
)

// Reasons lists every reason, in the order in which [Score] returns them.
var Reasons = []Reason{
	Given, GivenPart, GivenInitial, GivenSimilar, Family, FamilyPart, FamilySimilar, NamesSwapped,
	Born, BornSwapped, BornCentury, BornDigit, Email, Phone, Postcode, Street, City,
}
