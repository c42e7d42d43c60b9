package phone

import (
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// What numbers mobile phones have is what the library says of all its examples; where
// a series is also of another kind, which the library asks first, both are right.
func TestMobileAsTheLibrary(t *testing.T) {
	mobile, other := 0, 0
	for region, numbers := range examples(t) {
		for _, x := range numbers {
			n, known := Parse(phonenumbers.Format(x, phonenumbers.E164), "")
			if known != Valid {
				continue
			}
			kind := phonenumbers.GetNumberType(x)
			switch want := kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE; {
			case want && !n.Mobile():
				t.Errorf("%s: an example of a mobile phone's number is none", region)
			case want:
				mobile++
			case n.Mobile() && slices.Contains(nordic, region):
				t.Errorf("%s: an example of a number of kind %v is a mobile phone's", region, kind)
			case !n.Mobile():
				other++
			}
		}
	}
	if mobile < 200 || other < 500 {
		t.Errorf("%d and %d examples were looked at", mobile, other)
	}
}
