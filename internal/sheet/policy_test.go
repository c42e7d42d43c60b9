package sheet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
)

// standard returns the policy that a new register starts with.
func standard(t testing.TB) *policy.Policy {
	t.Helper()
	const dir = "../../policies"
	files := map[string][]byte{}
	for _, name := range policy.Files() {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	p, problems := policy.Load(files)
	for _, x := range problems {
		t.Error(x)
	}
	if p == nil {
		t.Fatal("the standard policy does not load")
	}
	return p
}
