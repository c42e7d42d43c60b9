package sheet

import (
	"regexp"
	"strings"
	"sync"
)

// detailTexts are what an Error's Detail says in Swedish, Danish and Norwegian. In the
// place of # stands a number, in the place of % a cell, a column or the name of a part
// of the file; they come in the same order in every language.
var detailTexts = map[string][3]string{
	"over # cards":                                          {"över # kort", "over # kort", "over # kort"},
	"no card has a name or an address":                      {"inget kort har ett namn eller en adress", "intet kort har et navn eller en adresse", "ingen av kortene har et navn eller en adresse"},
	"a card has over # of %":                                {"ett kort har över # av %", "et kort har over # af %", "et kort har over # av %"},
	"card # does not begin like one":                        {"kort # börjar inte som ett kort", "kort # begynder ikke som et kort", "kort # begynner ikke som et kort"},
	"card # is cut short":                                   {"kort # är avklippt", "kort # er afkortet", "kort # er avkuttet"},
	"card # has a line that is none of a card":              {"kort # har en rad som inte hör hemma i ett kort", "kort # har en linje, der ikke hører hjemme i et kort", "kort # har en linje som ikke hører hjemme i et kort"},
	"card # has another inside, or no end":                  {"kort # har ett annat inuti sig, eller inget slut", "kort # har et andet inden i sig eller ingen slutning", "kort # har et annet inni seg, eller ingen slutt"},
	"card # has a value that cannot be decoded":             {"kort # har ett värde som inte går att avkoda", "kort # har en værdi, der ikke kan afkodes", "kort # har en verdi som ikke kan dekodes"},
	"a line of card # is over # MB":                         {"en rad i kort # är över # MB", "en linje i kort # er over # MB", "en linje i kort # er over # MB"},
	"the encoding that was named is not known":              {"den angivna teckenkodningen är inte känd", "den angivne tegnkodning er ikke kendt", "den oppgitte tegnkodingen er ikke kjent"},
	"this is not text":                                      {"det är inte text", "det er ikke tekst", "det er ikke tekst"},
	"nothing that separates columns was named":              {"inget som skiljer kolumner åt har angetts", "intet, der adskiller kolonner, er angivet", "ingenting som skiller kolonner er oppgitt"},
	"its sheet is cut short":                                {"dess blad är avklippt", "dens ark er afkortet", "arket er avkuttet"},
	"over # sheets":                                         {"över # blad", "over # ark", "over # ark"},
	"there is a table inside a table":                       {"en tabell ligger inuti en tabell", "en tabel ligger inden i en tabel", "en tabell ligger inni en tabell"},
	"its rows are repeated without end":                     {"dess rader upprepas utan slut", "dens rækker gentages uden ende", "radene gjentas uten ende"},
	"its rows are not in order":                             {"dess rader står inte i ordning", "dens rækker står ikke i orden", "radene står ikke i rekkefølge"},
	"the cells of its row # are repeated without end":       {"cellerna i rad # upprepas utan slut", "cellerne i række # gentages uden ende", "cellene i rad # gjentas uten ende"},
	"the cells of its row # are not in order":               {"cellerna i rad # står inte i ordning", "cellerne i række # står ikke i orden", "cellene i rad # står ikke i rekkefølge"},
	"the file is over # MB":                                 {"filen är över # MB", "filen er over # MB", "filen er over # MB"},
	"whatever its name says":                                {"vad namnet än säger", "uanset hvad navnet siger", "uansett hva navnet sier"},
	"this is a PDF":                                         {"det är en PDF", "det er en PDF", "det er en PDF"},
	"this is a calendar":                                    {"det är en kalender", "det er en kalender", "det er en kalender"},
	"this is a text document":                               {"det är ett textdokument", "det er et tekstdokument", "det er et tekstdokument"},
	"this is a Numbers document":                            {"det är ett Numbers-dokument", "det er et Numbers-dokument", "det er et Numbers-dokument"},
	"this is a binary workbook (.xlsb)":                     {"det är en binär arbetsbok (.xlsb)", "det er en binær projektmappe (.xlsb)", "det er en binær arbeidsbok (.xlsb)"},
	"this is a zip file, but not a workbook":                {"det är en zip-fil, men ingen arbetsbok", "det er en zip-fil, men ikke en projektmappe", "det er en zip-fil, men ikke en arbeidsbok"},
	"this is a SYLK file, whatever its name says":           {"det är en SYLK-fil, vad namnet än säger", "det er en SYLK-fil, uanset hvad navnet siger", "det er en SYLK-fil, uansett hva navnet sier"},
	"this is an Office document, but not a workbook":        {"det är ett Office-dokument, men ingen arbetsbok", "det er et Office-dokument, men ikke en projektmappe", "det er et Office-dokument, men ikke en arbeidsbok"},
	"this is an OpenDocument file, but not a workbook":      {"det är en OpenDocument-fil, men ingen arbetsbok", "det er en OpenDocument-fil, men ikke en projektmappe", "det er en OpenDocument-fil, men ikke en arbeidsbok"},
	"in a way that cannot be read here":                     {"på ett sätt som inte går att läsa här", "på en måde, der ikke kan læses her", "på en måte som ikke kan leses her"},
	"it is an .ods, whose protection is not read here":      {"det är en .ods, vars skydd inte läses här", "det er en .ods, hvis beskyttelse ikke læses her", "det er en .ods, og beskyttelsen av den leses ikke her"},
	"it was changed after it was protected":                 {"den har ändrats sedan den skyddades", "den er ændret, efter at den blev beskyttet", "den er endret etter at den ble beskyttet"},
	"it is protected, and its protection cannot be read":    {"den är skyddad, och skyddet går inte att läsa", "den er beskyttet, og beskyttelsen kan ikke læses", "den er beskyttet, og beskyttelsen kan ikke leses"},
	"there is a protected file inside the protected file":   {"en skyddad fil ligger inuti den skyddade filen", "en beskyttet fil ligger inden i den beskyttede fil", "en beskyttet fil ligger inni den beskyttede filen"},
	"without its protection, it is over # MB":               {"utan skyddet är den över # MB", "uden beskyttelsen er den over # MB", "uten beskyttelsen er den over # MB"},
	"the template is of form #":                             {"mallen är av form #", "skabelonen er af form #", "malen er av form #"},
	"over # cells":                                          {"över # celler", "over # celler", "over # celler"},
	"over # texts":                                          {"över # texter", "over # tekster", "over # tekster"},
	"over # cell styles":                                    {"över # cellformat", "over # celleformater", "over # celleformater"},
	"its cells hold over # MB of text":                      {"dess celler rymmer över # MB text", "dens celler rummer over # MB tekst", "cellene rommer over # MB tekst"},
	"the cell % holds over # characters":                    {"cellen % rymmer över # tecken", "cellen % rummer over # tegn", "cellen % rommer over # tegn"},
	"the cell % refers to a text that is not there":         {"cellen % hänvisar till en text som inte finns", "cellen % henviser til en tekst, der ikke findes", "cellen % viser til en tekst som ikke finnes"},
	"nothing stands in any of its # visible sheets":         {"det står ingenting i något av dess # synliga blad", "der står intet i nogen af dens # synlige ark", "det står ingenting i noen av de # synlige arkene"},
	"the workbook has over # parts":                         {"arbetsboken har över # delar", "projektmappen har over # dele", "arbeidsboken har over # deler"},
	"unpacked, it is over # MB":                             {"uppackad är den över # MB", "udpakket er den over # MB", "utpakket er den over # MB"},
	"its part % is missing":                                 {"dess del % saknas", "dens del % mangler", "delen % mangler"},
	"its part % is not XML":                                 {"dess del % är inte XML", "dens del % er ikke XML", "delen % er ikke XML"},
	"its part % is over # MB":                               {"dess del % är över # MB", "dens del % er over # MB", "delen % er over # MB"},
	"its part % does not unpack":                            {"dess del % går inte att packa upp", "dens del % kan ikke pakkes ud", "delen % kan ikke pakkes ut"},
	"the text is UTF-8, but not from line # on":             {"texten är UTF-8, men inte från rad # och framåt", "teksten er UTF-8, men ikke fra linje # og frem", "teksten er UTF-8, men ikke fra linje # og utover"},
	"its letters are not of an encoding that is known here": {"dess tecken är inte av någon kodning som är känd här", "dens tegn er ikke af en kodning, der er kendt her", "tegnene er ikke av noen koding som er kjent her"},
	"its letters may be of %":                               {"dess tecken kan vara av %", "dens tegn kan være af %", "tegnene kan være av %"},

	"no encoding that is known here makes sense of all its letters": {"ingen kodning som är känd här ger mening åt alla dess tecken", "ingen kodning, der er kendt her, giver mening for alle dens tegn",
		"ingen koding som er kjent her gir mening for alle tegnene"},
	"no columns: neither semicolon, tab, comma nor vertical bar stands between any": {"inga kolumner: varken semikolon, tabb, komma eller lodstreck står mellan några", "ingen kolonner: hverken semikolon, tabulator, komma eller lodret streg står mellem nogen",
		"ingen kolonner: verken semikolon, tabulator, komma eller loddrett strek står mellom noen"},
	"the text is UTF-16, and half a character is missing at its end": {"texten är UTF-16, och ett halvt tecken saknas i slutet", "teksten er UTF-16, og et halvt tegn mangler til sidst", "teksten er UTF-16, og et halvt tegn mangler på slutten"},
	"the file begins like a workbook, and does not end like one":     {"filen börjar som en arbetsbok, och slutar inte som en", "filen begynder som en projektmappe og slutter ikke som en", "filen begynner som en arbeidsbok, og slutter ikke som en"},
	"it begins like a protected workbook, and most of it is missing": {"den börjar som en skyddad arbetsbok, och det mesta av den saknas", "den begynder som en beskyttet projektmappe, og det meste af den mangler",
		"den begynner som en beskyttet arbeidsbok, og det meste av den mangler"},
	"what it says of the template that it was made from cannot be read": {"vad den säger om mallen som den är gjord av går inte att läsa", "hvad den siger om den skabelon, den er lavet af, kan ikke læses",
		"det den sier om malen den er laget av, kan ikke leses"},
	"row #, column %: a quotation mark opens and never closes": {"rad #, kolumn %: ett citattecken öppnas och stängs aldrig", "række #, kolonne %: et anførselstegn åbnes og lukkes aldrig",
		"rad #, kolonne %: et anførselstegn åpnes og lukkes aldri"},
	"row #, column %: text stands behind a closing quotation mark": {"rad #, kolumn %: text står efter ett avslutande citattecken", "række #, kolonne %: der står tekst efter et afsluttende anførselstegn",
		"rad #, kolonne %: det står tekst etter et avsluttende anførselstegn"},
	"something stands in the cell %, and a list has at most # rows and # columns": {"något står i cellen %, och en lista har högst # rader och # kolumner", "der står noget i cellen %, og en liste har højst # rækker og # kolonner",
		"det står noe i cellen %, og en liste har høyst # rader og # kolonner"},
}

// detailForms are the keys of detailTexts as what they match. They are made when
// they are first needed: every command would wait for them.
var detailForms = sync.OnceValue(func() map[string]*regexp.Regexp {
	out := map[string]*regexp.Regexp{}
	for english := range detailTexts {
		form := strings.NewReplacer("#", `([0-9]+)`, "%", `(.+)`).Replace(regexp.QuoteMeta(english))
		out[english] = regexp.MustCompile("^" + form + "$")
	}
	return out
})

// DetailIn returns the Detail in a language; in English where it has none.
func (e *Error) DetailIn(lang string) string {
	i := strings.Index("sv da nb", language(lang))
	if i < 0 || e.Detail == "" {
		return e.Detail
	}
	for english, form := range detailForms() {
		m := form.FindStringSubmatch(e.Detail)
		if m == nil {
			continue
		}
		text := detailTexts[english][i/3]
		for _, v := range m[1:] {
			at := strings.IndexAny(text, "#%")
			text = text[:at] + strings.NewReplacer("#", "\x00", "%", "\x01").Replace(v) + text[at+1:]
		}
		return strings.NewReplacer("\x00", "#", "\x01", "%").Replace(text)
	}
	return e.Detail
}
