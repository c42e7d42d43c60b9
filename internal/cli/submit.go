package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) submitCommand() *cobra.Command {
	return a.build(command{
		use:   "submit",
		short: a.tr("send your draft to the secretariat"),
		long: a.tr("Checks your draft and sends it to the secretariat. Until they have taken it in, medlem status shows it as waiting, " +
			"and your own lists show your changes."),
		example: "medlem submit",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				sub, err := s.Submit(c.Context())
				if err != nil {
					return err
				}
				out := struct {
					Topic   string `json:"topic"`
					Ref     string `json:"ref"`
					Changes int    `json:"changes"`
				}{sub.Topic, sub.Ref, sub.Count}
				return s.result(out, func(w io.Writer) {
					fmt.Fprintln(w, s.trn(sub.Count, "{{.N}} change is sent and waits for the secretariat ({{.Topic}}).",
						"{{.N}} changes are sent and wait for the secretariat ({{.Topic}}).", "Topic", sub.Topic))
				})
			})
		},
	})
}
