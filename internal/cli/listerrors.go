package cli

import (
	"errors"
	"strings"

	"github.com/medlem-register/medlem/internal/sheet"
)

// explainList says why a list was not read, and the way out.
func (a *app) explainList(e *sheet.Error) *failure {
	is := func(target error) bool { return errors.Is(e, target) }
	code, msg, hint := exitRead, "", ""
	again := a.tr("open it in a spreadsheet program and save it as .xlsx")
	switch {
	case is(sheet.ErrPassword):
		code, msg = exitOpen, a.tr("the password does not open the list")
		hint = a.tr("ask whoever sent it; capitals and spaces count")
	case is(sheet.ErrProtected):
		code, msg = exitOpen, a.tr("the list is protected in a way that cannot be read here")
		hint = a.tr("open it in a spreadsheet program with its password, and save it as .xlsx with a password")
	case is(sheet.ErrLegacy):
		msg, hint = a.tr("an Excel file of the old kind (.xls)"), again
	case is(sheet.ErrTooLarge):
		msg, hint = a.tr("the list is too large"), a.tr("divide it, or delete what stands outside the list, and save it again")
	case is(sheet.ErrWebPage):
		msg, hint = a.tr("a web page or an XML file, whatever its name says"), again
	case is(sheet.ErrNotTable):
		msg, hint = a.tr("not a list that can be read"), a.tr("lists are workbooks (.xlsx, .ods), .csv or address cards (.vcf)")
	case is(sheet.ErrDamaged):
		msg, hint = a.tr("the list is damaged or cut short"), a.tr("ask for the file again, or open it in a spreadsheet program and save it as .xlsx")
	case is(sheet.ErrEmpty):
		msg, hint = a.tr("the list is empty"), a.tr("choose the file that holds the list")
	case is(sheet.ErrNewer):
		msg, hint = a.tr("made by a newer version of the program"), a.tr("install the newest version")
	case is(sheet.ErrAmbiguous):
		return a.explainDoubt(e)
	default:
		return &failure{exitRead, e.Error(), e.Hint}
	}
	detail := e.DetailIn(a.texts.lang)
	if strings.HasSuffix(msg, detail) { // it says so already
		detail = ""
	}
	if msg = quote(e.Name) + ": " + msg; detail != "" {
		msg += " (" + detail + ")"
	}
	return &failure{code, msg, hint}
}

// explainDoubt asks which of the ways to read a text is meant.
func (a *app) explainDoubt(e *sheet.Error) *failure {
	signs, names := true, []string{}
	for _, c := range e.Candidates {
		signs = signs && len(c) == 1
	}
	for _, c := range e.Candidates {
		if signs {
			c = a.separator(c)
		}
		names = append(names, c)
	}
	all := strings.Join(names, ", ")
	if signs {
		return &failure{exitRead, a.tr("{{.File}}: what stands between the columns is in doubt: {{.Names}}", "File", quote(e.Name), "Names", all), a.tr("say which: --separator SIGN")}
	}
	return &failure{exitRead, a.tr("{{.File}}: the encoding of its letters is in doubt: {{.Names}}", "File", quote(e.Name), "Names", all), a.tr("say which: --encoding ENCODING")}
}
