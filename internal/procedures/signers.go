package procedures

import (
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// SignersName is the file of a site by which anybody checks a statement of an erasure,
// with medlem erasure verify --signers or stock ssh-keygen.
const SignersName = "erasures/allowed_signers.txt"

// signers are the signing keys of all officers, those who have left included: what they
// signed stays theirs. It names handles.
func (t *telling) signers() []byte {
	keys := map[register.Handle][]string{}
	for h, o := range t.state.Officers {
		keys[h] = []string{o.Signing}
	}
	return sign.ReceiptSigners(keys)
}
