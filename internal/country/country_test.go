package country

import (
	"os/exec"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for _, x := range []struct{ code, language, want string }{
		{"NO", "nb", "Norge"},
		{"NO", "se", "Norga"},
		{"DE", "sv", "Tyskland"},
		{"CI", "nn", "Elfenbeinskysten"},
		{"CI", "smj", "Côte d’Ivoire"}, // which has no names
		{"PT", "sv", "Portugal"},       // as in English
		{"ZZ", "nb", ""},
		{"no", "nb", ""},
		{"code", "nb", ""},
		{"", "nb", ""},
	} {
		if got := Name(x.code, x.language); got != x.want {
			t.Errorf("%s in %s is %q, want %q", x.code, x.language, got, x.want)
		}
	}
}

// That medlem does not unpack all languages when it starts is a fact of the build.
func TestNotLinked(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/medlem-register/medlem/cmd/medlem").Output()
	if err != nil || !strings.Contains(string(out), "/internal/country\n") {
		t.Fatalf("go list says %.200q (%v)", out, err)
	}
	if strings.Contains(string(out), "golang.org/x/text/language/display\n") {
		t.Error("medlem links golang.org/x/text/language/display")
	}
}
