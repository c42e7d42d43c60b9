package sheet

// A text is what a rule says, and the way out. {letter} and {heading} stand for
// the column, {row} for another row, {label} for the field, and {with}, or
// {quoted} in quotation marks, for what the rule names besides.
type text struct{ msg, hint string }

// texts has every rule in every language of the lists. A test sees to that.
var texts = map[string]map[string]text{
	ruleHeadings: {
		"en": {"no row of headings was found", "write in the first row what each column holds, such as Given name, Family name, E-mail"},
		"sv": {"ingen rubrikrad hittades", "skriv i första raden vad varje kolumn innehåller, till exempel Förnamn, Efternamn, E-post"},
		"da": {"der blev ikke fundet en række med overskrifter", "skriv i første række, hvad hver kolonne indeholder, for eksempel Fornavn, Efternavn, E-mail"},
		"nb": {"fant ingen rad med overskrifter", "skriv i første rad hva hver kolonne inneholder, for eksempel Fornavn, Etternavn, E-post"},
	},
	ruleUnknown: {
		"en": {"the heading is not known", "leave the column out: --ignore {heading}; or say what it holds: --column {heading}=FIELD"},
		"sv": {"rubriken är okänd", "hoppa över kolumnen: --ignore {heading}; eller säg vad den innehåller: --column {heading}=FÄLT"},
		"da": {"overskriften er ukendt", "spring kolonnen over: --ignore {heading}; eller sig, hvad den indeholder: --column {heading}=FELT"},
		"nb": {"overskriften er ukjent", "hopp over kolonnen: --ignore {heading}; eller si hva den inneholder: --column {heading}=FELT"},
	},
	ruleNoHeading: {
		"en": {"column {letter} has no heading", "write what it holds above it, or delete it"},
		"sv": {"kolumn {letter} har ingen rubrik", "skriv ovanför vad den innehåller, eller ta bort den"},
		"da": {"kolonne {letter} har ingen overskrift", "skriv over den, hvad den indeholder, eller slet den"},
		"nb": {"kolonne {letter} har ingen overskrift", "skriv over den hva den inneholder, eller slett den"},
	},
	ruleTwoColumns: {
		"en": {"columns {with} hold the same: {label}", "keep one of them, or name the other as one to leave out"},
		"sv": {"kolumnerna {with} innehåller samma sak: {label}", "behåll en av dem, eller ange att den andra ska hoppas över"},
		"da": {"kolonnerne {with} indeholder det samme: {label}", "behold en af dem, eller angiv, at den anden skal springes over"},
		"nb": {"kolonnene {with} inneholder det samme: {label}", "behold én av dem, eller oppgi at den andre skal hoppes over"},
	},
	ruleMissing: {
		"en": {"no column for {label}, which every member must have", "add the column"},
		"sv": {"ingen kolumn för {label}, som alla medlemmar måste ha", "lägg till kolumnen"},
		"da": {"ingen kolonne til {label}, som alle medlemmer skal have", "tilføj kolonnen"},
		"nb": {"ingen kolonne for {label}, som alle medlemmer må ha", "legg til kolonnen"},
	},
	ruleFormula: {
		"en": {"a formula stands here", "write the value"},
		"sv": {"här står en formel", "skriv värdet"},
		"da": {"her står en formel", "skriv værdien"},
		"nb": {"her står det en formel", "skriv verdien"},
	},
	ruleSign: {
		"en": {"it begins like a formula", "write it without the sign in front"},
		"sv": {"det börjar som en formel", "skriv det utan tecknet framför"},
		"da": {"det begynder som en formel", "skriv det uden tegnet foran"},
		"nb": {"det begynner som en formel", "skriv det uten tegnet foran"},
	},
	ruleErrorCell: {
		"en": {"an error of the spreadsheet stands here", "write the value, or empty the cell"},
		"sv": {"här står ett fel från kalkylprogrammet", "skriv värdet, eller töm cellen"},
		"da": {"her står en fejl fra regnearket", "skriv værdien, eller tøm cellen"},
		"nb": {"her står det en feil fra regnearket", "skriv verdien, eller tøm cellen"},
	},
	ruleLostLetter: {
		"en": {"a letter was lost when the list was saved", "write it again, and save lists as .xlsx"},
		"sv": {"en bokstav försvann när listan sparades", "skriv den igen, och spara listor som .xlsx"},
		"da": {"et bogstav gik tabt, da listen blev gemt", "skriv det igen, og gem lister som .xlsx"},
		"nb": {"en bokstav gikk tapt da listen ble lagret", "skriv den igjen, og lagre lister som .xlsx"},
	},
	ruleCharacter: {
		"en": {"a line break or an invisible character stands here", "write it anew, on one line"},
		"sv": {"här står en radbrytning eller ett osynligt tecken", "skriv om det, på en rad"},
		"da": {"her står et linjeskift eller et usynligt tegn", "skriv det igen, på én linje"},
		"nb": {"her står det et linjeskift eller et usynlig tegn", "skriv det på nytt, på én linje"},
	},
	ruleNameOrder: {
		"en": {"it does not show which part is the family name", `write it as "family, given"`},
		"sv": {"det framgår inte vad som är efternamn", `skriv "efternamn, förnamn"`},
		"da": {"det fremgår ikke, hvad der er efternavn", `skriv "efternavn, fornavn"`},
		"nb": {"det går ikke fram hva som er etternavn", `skriv "etternavn, fornavn"`},
	},
	ruleNameRead: {
		"en": {"read as given name, then family name", ""},
		"sv": {"läst som förnamn, sedan efternamn", ""},
		"da": {"læst som fornavn, derefter efternavn", ""},
		"nb": {"lest som fornavn, deretter etternavn", ""},
	},
	ruleNameTurn: {
		"en": {"read as family name, then given name, as the heading says", ""},
		"sv": {"läst som efternamn, sedan förnamn, som rubriken säger", ""},
		"da": {"læst som efternavn, derefter fornavn, som overskriften siger", ""},
		"nb": {"lest som etternavn, deretter fornavn, som overskriften sier", ""},
	},
	ruleRequired: {
		"en": {"nothing stands here", "every member must have it: write it"},
		"sv": {"här står ingenting", "alla medlemmar måste ha det: fyll i det"},
		"da": {"her står ingenting", "alle medlemmer skal have det: udfyld det"},
		"nb": {"her står det ingenting", "alle medlemmer må ha det: fyll det ut"},
	},
	ruleBool: {
		"en": {"true or false stands here", "write the value, or empty the cell"},
		"sv": {"här står sant eller falskt", "skriv värdet, eller töm cellen"},
		"da": {"her står sand eller falsk", "skriv værdien, eller tøm cellen"},
		"nb": {"her står det sann eller usann", "skriv verdien, eller tøm cellen"},
	},
	ruleLostDigits: {
		"en": {"a spreadsheet wrote the number in powers of ten, and its last digits are lost", "write it anew in a column whose cells are text"},
		"sv": {"kalkylprogrammet skrev talet som tiopotens, och de sista siffrorna är borta", "skriv det på nytt i en kolumn vars celler är text"},
		"da": {"regnearket skrev tallet som tierpotens, og de sidste cifre er væk", "skriv det igen i en kolonne, hvis celler er tekst"},
		"nb": {"regnearket skrev tallet som tierpotens, og de siste sifrene er borte", "skriv det på nytt i en kolonne der cellene er tekst"},
	},
	ruleBecameDate: {
		"en": {"a spreadsheet made a date of what was written here", "write it anew in a column whose cells are text"},
		"sv": {"kalkylprogrammet gjorde ett datum av det som skrevs här", "skriv det på nytt i en kolumn vars celler är text"},
		"da": {"regnearket gjorde det, der blev skrevet her, til en dato", "skriv det igen i en kolonne, hvis celler er tekst"},
		"nb": {"regnearket gjorde det som ble skrevet her, til en dato", "skriv det på nytt i en kolonne der cellene er tekst"},
	},
	ruleDate: {
		"en": {"not a day of the calendar", "write it as 1980-02-28 or 28.02.1980"},
		"sv": {"ingen dag som finns i kalendern", "skriv den som 1980-02-28"},
		"da": {"ikke en dag, der findes i kalenderen", "skriv den som 28-02-1980"},
		"nb": {"ikke en dag som finnes i kalenderen", "skriv den som 28.02.1980"},
	},
	ruleDateNumber: {
		"en": {"a bare number, which could be several days", "write the day as 1980-02-28 or 28.02.1980"},
		"sv": {"ett ensamt tal, som kan betyda flera dagar", "skriv dagen som 1980-02-28"},
		"da": {"et bart tal, som kan betyde flere dage", "skriv dagen som 28-02-1980"},
		"nb": {"et bart tall, som kan bety flere dager", "skriv dagen som 28.02.1980"},
	},
	ruleDateOrder: {
		"en": {"day or month first? other dates of this column begin with the month", "write it as 1980-02-28"},
		"sv": {"dag eller månad först? andra datum i kolumnen börjar med månaden", "skriv den som 1980-02-28"},
		"da": {"dag eller måned først? andre datoer i kolonnen begynder med måneden", "skriv den som 1980-02-28"},
		"nb": {"dag eller måned først? andre datoer i kolonnen begynner med måneden", "skriv den som 1980-02-28"},
	},
	ruleEmail: {
		"en": {"not an e-mail address", "write one address, as in name@example.org"},
		"sv": {"ingen e-postadress", "skriv en adress, som namn@example.org"},
		"da": {"ikke en e-mailadresse", "skriv én adresse, som navn@example.org"},
		"nb": {"ikke en e-postadresse", "skriv én adresse, som navn@example.org"},
	},
	rulePhone: {
		"en": {"not a phone number", "write one number, with its country code if it is of another country: +46 70 123 45 67"},
		"sv": {"inget telefonnummer", "skriv ett nummer, med landskod om det är utländskt: +47 400 00 001"},
		"da": {"ikke et telefonnummer", "skriv ét nummer, med landekode hvis det er udenlandsk: +47 400 00 001"},
		"nb": {"ikke et telefonnummer", "skriv ett nummer, med landskode hvis det er utenlandsk: +46 70 123 45 67"},
	},
	rulePostcode: {
		"en": {"not a postal code of the country", "write it in full, as on a letter; before one of another country its letters: SE-291 31"},
		"sv": {"inget postnummer i landet", "skriv hela, som på ett brev; framför ett utländskt landets bokstäver: NO-0150"},
		"da": {"ikke et postnummer i landet", "skriv det helt ud, som på et brev; foran et udenlandsk landets bogstaver: SE-291 31"},
		"nb": {"ikke et postnummer i landet", "skriv det helt ut, som på et brev; foran et utenlandsk landets bokstaver: SE-291 31"},
	},
	ruleCountry: {
		"en": {"not a country", "write its two letters, as in NO"},
		"sv": {"inget land", "skriv dess två bokstäver, som SE"},
		"da": {"ikke et land", "skriv dets to bogstaver, som DK"},
		"nb": {"ikke et land", "skriv de to bokstavene, som NO"},
	},
	ruleChoice: {
		"en": {"none of the choices", "write one of: {with}"},
		"sv": {"inget av alternativen", "skriv ett av: {with}"},
		"da": {"ingen af mulighederne", "skriv en af: {with}"},
		"nb": {"ingen av valgene", "skriv ett av: {with}"},
	},
	ruleYesNo: {
		"en": {"neither yes nor no", "write yes or no"},
		"sv": {"varken ja eller nej", "skriv ja eller nej"},
		"da": {"hverken ja eller nej", "skriv ja eller nej"},
		"nb": {"verken ja eller nei", "skriv ja eller nei"},
	},
	ruleInteger: {
		"en": {"not a whole number", "write digits only"},
		"sv": {"inget heltal", "skriv bara siffror"},
		"da": {"ikke et helt tal", "skriv kun cifre"},
		"nb": {"ikke et heltall", "skriv bare sifre"},
	},
	ruleLength: {
		"en": {"too long", "shorten it"},
		"sv": {"för långt", "korta det"},
		"da": {"for langt", "forkort det"},
		"nb": {"for langt", "kort det ned"},
	},
	ruleBeside: {
		"en": {"something stands beside the list, in a column without a heading", "delete it; or, in a csv, put the text that holds the separator in quotation marks"},
		"sv": {"här står något bredvid listan, i en kolumn utan rubrik", "ta bort det; eller, i en csv-fil, sätt texten som innehåller skiljetecknet inom citattecken"},
		"da": {"her står noget ved siden af listen, i en kolonne uden overskrift", "slet det; eller sæt, i en csv-fil, teksten med skilletegnet i anførselstegn"},
		"nb": {"her står det noe ved siden av listen, i en kolonne uten overskrift", "slett det; eller sett, i en csv-fil, teksten med skilletegnet i anførselstegn"},
	},
	ruleRepeated: {
		"en": {"the same person as row {row}", "delete one of the two rows"},
		"sv": {"samma person som rad {row}", "ta bort en av de två raderna"},
		"da": {"samme person som række {row}", "slet en af de to rækker"},
		"nb": {"samme person som rad {row}", "slett en av de to radene"},
	},
	ruleNoRecord: {
		"en": {"the row says of no member whose it is", "this list only fills in what members of the register lack: delete the row, and enter new members with another list"},
		"sv": {"raden säger inte vilken medlem den gäller", "den här listan fyller bara i vad medlemmar i registret saknar: ta bort raden, och för in nya medlemmar med en annan lista"},
		"da": {"rækken siger ikke, hvilket medlem den gælder", "denne liste udfylder kun, hvad medlemmer i registret mangler: slet rækken, og indfør nye medlemmer med en anden liste"},
		"nb": {"raden sier ikke hvilket medlem den gjelder", "denne listen fyller bare ut det medlemmer i registeret mangler: slett raden, og før inn nye medlemmer med en annen liste"},
	},
	ruleTwice: {
		"en": {"of the same member as row {row}", "delete one of the two rows"},
		"sv": {"gäller samma medlem som rad {row}", "ta bort en av de två raderna"},
		"da": {"gælder samme medlem som række {row}", "slet en af de to rækker"},
		"nb": {"gjelder samme medlem som rad {row}", "slett en av de to radene"},
	},
	RuleStranger: {
		"en": {"of a member whom the unit does not have", "make the template anew: she may have left or moved"},
		"sv": {"gäller en medlem som enheten inte har", "gör om mallen: hon kan ha gått ur eller flyttat"},
		"da": {"gælder et medlem, som enheden ikke har", "lav skabelonen igen: hun kan have meldt sig ud eller være flyttet"},
		"nb": {"gjelder et medlem som enheten ikke har", "lag malen på nytt: hun kan ha meldt seg ut eller flyttet"},
	},
	RuleFilled: {
		"en": {"the register has something else here already", "empty the cell; what is there is changed with medlem edit"},
		"sv": {"registret har redan något annat här", "töm cellen; det som finns ändras med medlem edit"},
		"da": {"registret har allerede noget andet her", "tøm cellen; det, der står, ændres med medlem edit"},
		"nb": {"registeret har allerede noe annet her", "tøm cellen; det som står der, endres med medlem edit"},
	},
	RuleWaits: {
		"en": {"a change of this member waits for the secretariat", "wait for the answer, then import this row again"},
		"sv": {"en ändring av medlemmen väntar på kansliet", "vänta på svaret och läs sedan in raden igen"},
		"da": {"en ændring af medlemmet venter på sekretariatet", "vent på svaret, og indlæs så rækken igen"},
		"nb": {"en endring av medlemmet venter på sekretariatet", "vent på svaret, og les så inn raden igjen"},
	},
	RuleExpected: {
		"en": {"nothing stands here, and only the secretariat enters somebody without", "write it, or send the row to the secretariat: {with}"},
		"sv": {"här står ingenting, och bara kansliet för in någon utan", "fyll i det, eller skicka raden till kansliet: {with}"},
		"da": {"her står ingenting, og kun sekretariatet indfører nogen uden", "udfyld det, eller send rækken til sekretariatet: {with}"},
		"nb": {"her står det ingenting, og bare sekretariatet fører inn noen uten", "fyll det ut, eller send raden til sekretariatet: {with}"},
	},
	RuleDuplicate: {
		"en": {"perhaps the member {with}", "look at both (medlem show {with}): delete the row if they are one person, or import it with --keep-duplicates"},
		"sv": {"kanske medlemmen {with}", "se på båda (medlem show {with}): ta bort raden om de är samma person, eller läs in den med --keep-duplicates"},
		"da": {"måske medlemmet {with}", "se på begge (medlem show {with}): slet rækken, hvis de er samme person, eller indlæs den med --keep-duplicates"},
		"nb": {"kanskje medlemmet {with}", "se på begge (medlem show {with}): slett raden hvis de er samme person, eller les den inn med --keep-duplicates"},
	},
	RuleHasLeft: {
		"en": {"perhaps the member {with}, whose membership has ended", "look at her (medlem show {with}): take the membership up again if it is she (medlem reopen), or import the row with --keep-duplicates"},
		"sv": {"kanske medlemmen {with}, vars medlemskap har upphört", "se på henne (medlem show {with}): ta upp medlemskapet igen om det är hon (medlem reopen), eller läs in raden med --keep-duplicates"},
		"da": {"måske medlemmet {with}, hvis medlemskab er ophørt", "se på hende (medlem show {with}): genoptag medlemskabet, hvis det er hende (medlem reopen), eller indlæs rækken med --keep-duplicates"},
		"nb": {"kanskje medlemmet {with}, som har meldt seg ut", "se på henne (medlem show {with}): ta medlemskapet opp igjen hvis det er henne (medlem reopen), eller les inn raden med --keep-duplicates"},
	},
	RuleLikeRow: {
		"en": {"perhaps the same as row {row}", "delete one of the two if they are one person, or import them with --keep-duplicates"},
		"sv": {"kanske samma som rad {row}", "ta bort en av de två om de är samma person, eller läs in dem med --keep-duplicates"},
		"da": {"måske den samme som række {row}", "slet en af de to, hvis de er samme person, eller indlæs dem med --keep-duplicates"},
		"nb": {"kanskje den samme som rad {row}", "slett en av de to hvis de er samme person, eller les dem inn med --keep-duplicates"},
	},
	RuleElsewhere: {
		"en": {"perhaps registered elsewhere", "ask the secretariat, or import it with --keep-duplicates"},
		"sv": {"kanske registrerad på annat håll", "fråga kansliet, eller läs in den med --keep-duplicates"},
		"da": {"måske registreret andetsteds", "spørg sekretariatet, eller indlæs den med --keep-duplicates"},
		"nb": {"kanskje registrert et annet sted", "spør sekretariatet, eller les den inn med --keep-duplicates"},
	},
	rulePerhaps: {
		"en": {"perhaps the same as row {row}", "look at both, and delete one if they are one person"},
		"sv": {"kanske samma som rad {row}", "se på båda, och ta bort en om de är samma person"},
		"da": {"måske den samme som række {row}", "se på begge, og slet den ene, hvis de er samme person"},
		"nb": {"kanskje den samme som rad {row}", "se på begge, og slett den ene hvis de er samme person"},
	},
	ruleZero: {
		"en": {"read with the zero in front that a spreadsheet took away", ""},
		"sv": {"läst med nollan framför som kalkylprogrammet tog bort", ""},
		"da": {"læst med det nul foran, som regnearket fjernede", ""},
		"nb": {"lest med nullen foran som regnearket fjernet", ""},
	},
	rulePlus: {
		"en": {"read with the + in front that a spreadsheet took away", ""},
		"sv": {"läst med det + framför som kalkylprogrammet tog bort", ""},
		"da": {"læst med det + foran, som regnearket fjernede", ""},
		"nb": {"lest med plusstegnet foran som regnearket fjernet", ""},
	},
	ruleUnused: {
		"en": {"of no series of numbers that is known to be in use", "check the digits"},
		"sv": {"numret hör inte till någon känd nummerserie", "kontrollera siffrorna"},
		"da": {"nummeret hører ikke til nogen kendt nummerserie", "kontrollér cifrene"},
		"nb": {"nummeret hører ikke til noen kjent nummerserie", "kontroller sifrene"},
	},
	ruleDayFirst: {
		"en": {"read with the day first, then the month", ""},
		"sv": {"läst med dagen först, sedan månaden", ""},
		"da": {"læst med dagen først, derefter måneden", ""},
		"nb": {"lest med dagen først, deretter måneden", ""},
	},
	ruleAbroad: {
		"en": {"read as of {with}, by the form of the row's phone or postal code", ""},
		"sv": {"läst som {with}, efter formen på radens telefon- eller postnummer", ""},
		"da": {"læst som {with}, efter formen på rækkens telefon- eller postnummer", ""},
		"nb": {"lest som {with}, etter formen på radens telefon- eller postnummer", ""},
	},
	ruleRead: {
		"en": {"read with a change", ""},
		"sv": {"läst med en ändring", ""},
		"da": {"læst med en ændring", ""},
		"nb": {"lest med en endring", ""},
	},
	ruleValue: {
		"en": {"not a value of this field", "write it anew"},
		"sv": {"inget värde för det här fältet", "skriv om det"},
		"da": {"ikke en værdi for dette felt", "skriv det igen"},
		"nb": {"ikke en verdi for dette feltet", "skriv det på nytt"},
	},
}

// perhapsIs leads the nearest known heading into the hint of an unknown one.
var perhapsIs = map[string]string{
	"en": "if it holds {quoted}, call it so; otherwise: ",
	"sv": "om den innehåller {quoted}, kalla den så; annars: ",
	"da": "hvis den indeholder {quoted}, så kald den det; ellers: ",
	"nb": "hvis den inneholder {quoted}, kall den det; ellers: ",
}

// restWords are what the file of the rest is called, and its first column. A
// column of these headings is left out when a list is read.
var restWords = map[string]struct{ sheet, column, row string }{
	"en": {"To mend", "What is wrong, and how to mend it", "Row"},
	"sv": {"Att rätta", "Vad som är fel, och hur det rättas", "Rad"},
	"da": {"Skal rettes", "Hvad der er galt, og hvordan det rettes", "Række"},
	"nb": {"Skal rettes", "Hva som er galt, og hvordan det rettes", "Rad"},
}
