package procedures

import (
	"slices"
	"strings"
	"testing"
)

// A digit that a reader sees on a page is found by its line; one that she does not see,
// or that comes from the policy, is not.
func TestTypedLines(t *testing.T) {
	page := strings.Join([]string{
		"---", `title: "Lists"`, `summary: "Gone within 14 days."`, `rules: ["draw/until2"]`, `law: ["GDPR,`, `  Article 5"]`, "review: 12", "---", // 3, 6
		"1. First, {{< policy \"lists.fresh-for\" >}} and `medlem merge 3`.",
		"2. Kept for 3 months.", // 10
		"   > 3) [page 4](/lists-5) of {{% when \"a\" \"1\" %}}six{{% /when %}} <https://example.org/7>", // 11: the link's text
		"<!-- 8", "9 -->", "[a]: https://example.org/10",
		"Within ٣ days, or ½ a year.",                             // 15
		"## None {#part-2}", "```", "16", "```", "after code: 17", // 20
	}, "\n")
	if got := typedLines(page); !slices.Equal(got, []int{3, 6, 10, 11, 15, 20}) {
		t.Errorf("lines %v", got)
	}
	if got := typedLines("No head, and 1 number."); !slices.Equal(got, []int{1}) {
		t.Errorf("lines %v", got)
	}
}

// An office stands in a sentence as its language writes it.
func TestWithinSentence(t *testing.T) {
	for name, want := range map[string]string{
		"Sekretariatet": "sekretariatet", "The secretariat": "the secretariat", "POSKs kansli": "POSKs kansli", "Åsmoens kontor": "åsmoens kontor",
		"Unionens kansli": "Unionens kansli", "Riksorganisationens kansli": "riksorganisationens kansli", "K": "K", "": "",
	} {
		if got := withinSentence(name, "Unionen i Norden"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
