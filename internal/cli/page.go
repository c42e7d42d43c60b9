package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// singleView is the view of the theme that a page in one file is made with.
const singleView = "single"

// noSite stands for the address of the site where the policy names none: nothing of a
// page in one file leads there.
const noSite = "http://site.invalid/"

func (a *app) pageCommand() *cobra.Command {
	var out string
	c := a.build(command{
		use:   "page ID --out FILE.html",
		short: a.tr("write one member's own page into a file, sealed"),
		long: a.tr("Writes the page that a member may see about herself into one file, which opens in any browser without a network: what is kept about her and why, who could read it, which lists named her, and what she can do. " +
			"The file is sealed under her own secret. It can be mailed or put on a stick; nobody reads it without the characters that stand in her letter (medlem letters)."),
		example: "medlem page m4k7q2x5zt3ab --out page.html",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error { return s.page(c.Context(), id, out) })
		},
	})
	c.Flags().StringVar(&out, "out", "", a.tr("the new `FILE`, whose name ends in .html"))
	return c
}

func (s *session) page(ctx context.Context, id register.RecordID, out string) error {
	if strings.ToLower(filepath.Ext(out)) != ".html" {
		return usageError(s.tr("name the file for the page: --out FILE.html"), "")
	}
	v, err := s.ViewOf(id)
	if errors.Is(err, desk.ErrNoView) {
		return refused(s.tr("the register has no secret for this member's own page"), "")
	}
	if err != nil {
		return err
	}
	file, err := s.singlePage(ctx, v)
	if err != nil {
		return s.siteError(err)
	}
	if err := s.writeNew(out, file); err != nil {
		return err
	}
	return s.result(struct {
		File string            `json:"file"`
		ID   register.RecordID `json:"id"`
	}{out, id}, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("Her page is written to {{.Path}}. It opens in a browser, with the characters of her letter.", "Path", out))
	})
}

// singlePage is a member's page in one file: rendered, sealed, and put into the page
// that opens it.
func (s *session) singlePage(ctx context.Context, v *desk.View) ([]byte, error) {
	in, err := s.siteInput(siteFlags{})
	if err != nil {
		return nil, err
	}
	site, err := procedures.Assemble(in)
	if err != nil {
		return nil, err
	}
	vin, err := s.viewInput(in, site, noSite)
	if err != nil {
		return nil, err
	}
	if site.Address != "" {
		vin.base = site.Address
	}
	m, past, err := s.viewMaker(in.Day)
	if err != nil {
		return nil, err
	}
	m.Single = true
	one := func(f sitepipe.Frame) ([]byte, error) {
		f.Name = "0"
		var page []byte
		left := true
		err := s.renderViews(ctx, vin, m, func() (sitepipe.Frame, bool, error) {
			was := left
			left = false
			return f, was, nil
		}, func(_ string, body []byte) error {
			page = body
			return nil
		})
		if err == nil && page == nil {
			err = fmt.Errorf("%w: the page did not come back", sitepipe.ErrRenderer)
		}
		return page, err
	}
	f, err := m.Frame(s.subjectOf(v, past, in.Day))
	if err != nil {
		return nil, err
	}
	html, err := one(f)
	if err != nil {
		return nil, err
	}
	defer clear(html)
	sealed, err := seal.SealPage(v.Secret, html)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"lang": f.Lang, "sealed": base64.StdEncoding.EncodeToString(sealed)})
	if err != nil {
		return nil, err
	}
	return one(sitepipe.Frame{Lang: f.Lang, Template: singleView, Body: body})
}
