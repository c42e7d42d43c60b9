package label

import "testing"

func TestPlain(t *testing.T) {
	for _, x := range []struct{ in, subject, body string }{
		{"# Årsmøte 2027\n\nKjære medlem,\nvi møtes **tirsdag**\nkl. 18.\n\nVel møtt!\n", "Årsmøte 2027", "Kjære medlem, vi møtes tirsdag kl. 18.\n\nVel møtt!"},
		{"Hej!\n\n- kaffe\n- *kaka*\n* te\n\n1. först\n2) sedan", "", "Hej!\n\n– kaffe\n– kaka\n– te\n\n1. först\n2) sedan"},
		{"Med hilsen  \nStyret\\\nAsker", "", "Med hilsen\nStyret\nAsker"},
		{"## Sted\n\nSe [siden](https://example.org/a_b_c) eller <https://example.org>.\n\n### Mat\nKake", "Sted", "Se siden (https://example.org/a_b_c) eller https://example.org.\n\nMat\n\nKake"},
		{"Text\n# Senere\nmer", "", "Text\nSenere\n\nmer"},
		{"et 5 * 3 * 2, snake_case_name, a*b", "", "et 5 * 3 * 2, snake_case_name, a*b"},
		{"", "", ""},
	} {
		if subject, body := Plain(x.in); subject != x.subject || body != x.body {
			t.Errorf("%q: %q and %q", x.in, subject, body)
		}
	}
}
