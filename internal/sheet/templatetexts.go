package sheet

import (
	"strings"

	"github.com/medlem-register/medlem/internal/record"
)

// templateLanguage are the words of a template in one language.
type templateLanguage struct {
	sheet, yes, no string
	required       string
	choose         string // one of the drop-down
	record         string // the heading of the column of record ids
	oneOf, several string // before the names of choices
	forms          map[record.Type]string
}

var templateWords = map[string]templateLanguage{
	"en": {"Members", "yes", "no", "Must be filled in.", "Choose one of the list.", "Record", "One of: ", "One or more of these, with a comma between two: ", map[record.Type]string{
		record.TypeDate:     "As 1980-02-28 or 28.02.1980.",
		record.TypeEmail:    "One address, as in name@example.org.",
		record.TypePhone:    "One number, with its country code if it is of another country: +46 70 123 45 67.",
		record.TypePostcode: "In full, as on a letter; before one of another country its letters: SE-291 31.",
		record.TypeCountry:  "Two letters, as in NO; only for those who live abroad.",
		record.TypeYesNo:    "Yes or no.",
		record.TypeInteger:  "Digits only.",
		record.TypeStreet:   "Street and number in one line.",
	}},
	"sv": {"Medlemmar", "ja", "nej", "Måste fyllas i.", "Välj ur listan.", "Post", "En av: ", "En eller flera av dessa, med kommatecken mellan: ", map[record.Type]string{
		record.TypeDate:     "Som 1980-02-28.",
		record.TypeEmail:    "En adress, som namn@example.org.",
		record.TypePhone:    "Ett nummer, med landskod om det är utländskt: +47 400 00 001.",
		record.TypePostcode: "Hela, som på ett brev; framför ett utländskt landets bokstäver: NO-0150.",
		record.TypeCountry:  "Två bokstäver, som SE; bara för dem som bor utomlands.",
		record.TypeYesNo:    "Ja eller nej.",
		record.TypeInteger:  "Bara siffror.",
		record.TypeStreet:   "Gata och nummer på en rad.",
	}},
	"da": {"Medlemmer", "ja", "nej", "Skal udfyldes.", "Vælg fra listen.", "Post", "Én af: ", "En eller flere af disse, med komma imellem: ", map[record.Type]string{
		record.TypeDate:     "Som 28-02-1980.",
		record.TypeEmail:    "Én adresse, som navn@example.org.",
		record.TypePhone:    "Ét nummer, med landekode hvis det er udenlandsk: +47 400 00 001.",
		record.TypePostcode: "Helt ud, som på et brev; foran et udenlandsk landets bogstaver: SE-291 31.",
		record.TypeCountry:  "To bogstaver, som DK; kun for dem, der bor i udlandet.",
		record.TypeYesNo:    "Ja eller nej.",
		record.TypeInteger:  "Kun cifre.",
		record.TypeStreet:   "Gade og nummer på én linje.",
	}},
	"nb": {"Medlemmer", "ja", "nei", "Må fylles ut.", "Velg fra listen.", "Post", "En av: ", "En eller flere av disse, med komma mellom: ", map[record.Type]string{
		record.TypeDate:     "Som 28.02.1980.",
		record.TypeEmail:    "Én adresse, som navn@example.org.",
		record.TypePhone:    "Ett nummer, med landskode hvis det er utenlandsk: +46 70 123 45 67.",
		record.TypePostcode: "Helt ut, som på et brev; foran et utenlandsk landets bokstaver: SE-291 31.",
		record.TypeCountry:  "To bokstaver, som NO; bare for dem som bor i utlandet.",
		record.TypeYesNo:    "Ja eller nei.",
		record.TypeInteger:  "Bare sifre.",
		record.TypeStreet:   "Gate og nummer på én linje.",
	}},
}

// note returns what the note on a column says.
func (w *templateLanguage) note(c *TemplateColumn) string {
	var lines []string
	if c.Required {
		lines = append(lines, w.required)
	}
	if form := w.forms[c.Type]; form != "" {
		lines = append(lines, form)
	}
	if len(c.Choices) > 0 {
		before := w.oneOf
		if c.Type == record.TypeChoices {
			before = w.several
		}
		lines = append(lines, before+strings.Join(c.Choices, ", ")+".")
	}
	if c.Note != "" {
		lines = append(lines, c.Note)
	}
	if len(lines) == 0 {
		return c.Heading
	}
	return strings.Join(lines, "\n")
}
