package gen

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Largest is the pack that has the most to read.
const Largest = "neitileu"

// decisions are what the benchmark decides where the pack's procedure is silent.
var decisions = map[string]string{
	"organisation.yaml:/controller":               "national",
	"organisation.yaml:/sensitivity":              "politics",
	"access.yaml:/offices/0/seats/max":            "4",
	"access.yaml:/offices/1/guide/version":        `"1.0"`,
	"access.yaml:/offices/2/seats/max":            "3",
	"access.yaml:/offices/3/seats/max":            "2",
	"fields.yaml:/legal-bases/0/name":             "{nb: Avtalen om medlemskap}",
	"retention.yaml:/reasons/0/keep":              "3",
	"retention.yaml:/reasons/1/keep":              "1",
	"retention.yaml:/reasons/2/keep":              "6",
	"retention.yaml:/reasons/3/keep":              "0",
	"retention.yaml:/kinds/0/keep":                "24",
	"retention.yaml:/kinds/1/keep":                "24",
	"retention.yaml:/kinds/2/keep":                "24",
	"retention.yaml:/kinds/3/keep":                "60",
	"lists.yaml:/destroy-after":                   "7",
	"sendings.yaml:/confirm-every":                "12",
	"sendings.yaml:/plan-window":                  "7",
	"sendings.yaml:/email/attachments/kilobytes":  "100",
	"sendings.yaml:/email/attachments/recipients": "20",
	"sendings.yaml:/sms/per-month":                "3",
	"dues.yaml:/new-member-days":                  "5",
	"dues.yaml:/lapse/clock":                      "claims",
}

// PackFiles are the policies of the largest pack, decided, for a federation with so
// many branches.
func PackFiles(branches int) (map[string][]byte, error) {
	files, ok := policy.Pack(Largest)
	if !ok {
		return nil, fmt.Errorf("no pack %q", Largest)
	}
	files, problems := policy.Decide(files, decisions)
	if len(problems) == 0 {
		files["organisation.yaml"], problems = policy.Compose(files["organisation.yaml"], "", units(branches, "county", "local"))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("pack %s: %s:%d: %s", Largest, problems[0].File, problems[0].Line, problems[0].Msg)
	}
	return files, nil
}

// appointPack makes the officers of the pack: the secretariat, and in each county
// somebody of the board and the one who has access. She serves the branches too.
func (r *Register) appointPack(files map[string][]byte, branches int) error {
	for range 2 {
		id, err := r.officer(files, national, "secretariat", "")
		if err != nil {
			return err
		}
		r.Secretary = id
	}
	for i := range branches {
		br := &Branch{Unit: branch(i)}
		if i%branchesEach > 0 {
			br.Keeper = r.Branches[i-1].Keeper
		} else {
			u := region(i / branchesEach)
			if _, err := r.officer(files, u, "county-board", register.Day("")); err != nil {
				return err
			}
			var err error
			if br.Keeper, err = r.officer(files, u, "county-user", register.Day("")); err != nil {
				return err
			}
		}
		r.Branches = append(r.Branches, br)
	}
	return nil
}
