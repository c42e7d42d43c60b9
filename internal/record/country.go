package record

import "strings"

// countries are the officially assigned codes of ISO 3166-1 alpha-2.
const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ" +
	" CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR" +
	" GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP" +
	" KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT" +
	" MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW" +
	" SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG" +
	" UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "

// IsCountry tells whether code is an assigned code of ISO 3166-1 alpha-2, as in NO.
func IsCountry(code string) bool {
	return len(code) == 2 && strings.Contains(countries, " "+code+" ")
}

// countryNames are the names that members' lists hold, in Swedish, Danish,
// Norwegian, English, Finnish, Northern Sámi and the country's own language; the
// first is the English one. Other countries are written with their code.
var countryNames = map[string][]string{
	"SE": {"Sweden", "Sverige", "Ruotsi", "Ruoŧŧa", "Svíþjóð", "SWE", "S"},
	"DK": {"Denmark", "Danmark", "Tanska", "Dánmárku", "Danmörk", "DNK", "DEN"},
	"NO": {"Norway", "Norge", "Noreg", "Norga", "Norja", "Noregur", "NOR", "N"},
	"FI": {"Finland", "Suomi", "Suopma", "Finnland", "FIN"},
	"IS": {"Iceland", "Island", "Ísland", "Islanti", "ISL"},
	"FO": {"the Faroe Islands", "Faroe Islands", "Færøerne", "Færøyene", "Färöarna", "Føroyar", "FRO"},
	"GL": {"Greenland", "Grønland", "Grönland", "Kalaallit Nunaat", "GRL"},
	"AX": {"Åland", "Aland Islands", "Ahvenanmaa", "ALA"},
	"DE": {"Germany", "Tyskland", "Deutschland", "Saksa", "DEU"},
	"GB": {"the United Kingdom", "United Kingdom", "Great Britain", "England", "Scotland", "Skottland", "Wales", "Storbritannia", "Storbritannien", "UK", "GBR"},
	"US": {"the United States", "United States", "USA", "U.S.A.", "Förenta staterna", "De forente stater"},
	"NL": {"the Netherlands", "Netherlands", "Nederland", "Nederländerna", "Nederlandene", "Holland", "NLD"},
	"BE": {"Belgium", "Belgia", "Belgien", "BEL"},
	"FR": {"France", "Frankrike", "Frankrig", "FRA"},
	"ES": {"Spain", "Spania", "Spanien", "España", "ESP"},
	"PT": {"Portugal", "PRT"},
	"IT": {"Italy", "Italia", "Italien", "ITA"},
	"CH": {"Switzerland", "Sveits", "Schweiz", "CHE"},
	"AT": {"Austria", "Østerrike", "Østrig", "Österrike", "Österreich", "AUT"},
	"PL": {"Poland", "Polen", "Polska", "POL"},
	"EE": {"Estonia", "Estland", "Eesti", "EST"},
	"LV": {"Latvia", "Lettland", "Letland", "Latvija", "LVA"},
	"LT": {"Lithuania", "Litauen", "Lietuva", "LTU"},
	"IE": {"Ireland", "Irland", "IRL"},
	"UA": {"Ukraine", "Ukraina", "UKR"},
	"CA": {"Canada", "Kanada", "CAN"},
	"AU": {"Australia", "Australien", "AUS"},
	"TH": {"Thailand", "THA"},
	"TR": {"Turkey", "Tyrkia", "Tyrkiet", "Turkiet", "Türkiye", "TUR"},
}

// countryName returns the country's English name for a message, or its code.
func countryName(code string) string {
	if n := countryNames[code]; n != nil {
		return n[0]
	}
	if code == "" {
		return "this country"
	}
	return code
}

func normaliseCountry(raw string) (string, *Fault) {
	if c := strings.ToUpper(raw); IsCountry(c) {
		return c, nil
	}
	want := Fold(raw)
	for code, names := range countryNames {
		for _, n := range names {
			if want != "" && Fold(n) == want {
				return code, nil
			}
		}
	}
	return "", fault(RuleType, "not a country", "write its two letters, as in NO")
}
