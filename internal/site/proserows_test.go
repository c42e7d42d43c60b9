package site

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/handout"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/sheet"
)

// contains reports what of wants a page lacks.
func contains(t *testing.T, out *built, page string, wants ...string) {
	t.Helper()
	body, ok := out.files[page]
	if !ok {
		t.Errorf("no page %s", page)
	}
	for _, w := range wants {
		if !strings.Contains(body, w) {
			t.Errorf("%s: no %q", page, w)
		}
	}
}

// rebuilt is a pack's site with files more, or others.
func rebuilt(t *testing.T, pack string, files map[string]string) (*built, error) {
	t.Helper()
	spec, out := proseSpec(t, packFiles(t, pack))
	return out, Build(spec.with(files))
}

const session = "---\ntitle: %T\nsession: %D\n%R---\nPå nätet.\n"

func sessionPage(title, day, recording string) string {
	return strings.NewReplacer("%T", title, "%D", day, "%R", recording).Replace(session)
}

// A session to come stands with its day; one that has been, with its recording.
func TestK04(t *testing.T) {
	out, err := rebuilt(t, "kommed", map[string]string{
		"content/sv/training/advent.md": sessionPage("Kväll i advent", "2026-12-01", ""),
		"content/sv/training/summer.md": sessionPage("Kväll i juni", "2026-06-02", "recording: https://film.example.org/juni\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	page := out.files["sv/training/index.html"]
	for _, want := range []string{
		`<time datetime="2026-12-01">1 december 2026</time> <a href="/register/sv/training/advent/">Kväll i advent</a> · kommande`,
		`<a href="/register/sv/training/summer/">Kväll i juni</a> · <a href="https://film.example.org/juni">Se inspelningen</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if len(out.warnings) != 0 {
		t.Errorf("warnings: %q", out.warnings)
	}
}

// A session that has been and has no recording is warned about by its file.
func TestK05(t *testing.T) {
	out, err := rebuilt(t, "kommed", map[string]string{
		"content/sv/training/summer.md": sessionPage("Kväll i juni", "2026-06-02", ""),
		"content/sv/training/advent.md": sessionPage("Kväll i advent", "2026-12-01", ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.warnings) != 1 || out.warnings[0] != "content/sv/training/summer.md: the session of 2026-06-02 has no recording" {
		t.Errorf("warnings: %q", out.warnings)
	}
	contains(t, out, "sv/training/index.html", "inspelning saknas")
}

// The manual is made of the policy and of the program's help: a guide for each
// office, and the tasks on a sheet, each in three steps. A task whose help is gone
// fails the build.
func TestK07(t *testing.T) {
	out := prose(t, "kommed")
	contains(t, out, "sv/guides/local-admin/index.html", "Lokaladministratör", "Slå upp medlemmar.", "Det här måste du", "Tillgången upphör")
	if n := strings.Count(out.files["sv/tasks/index.html"], `<section class="steps">`); n != 6 {
		t.Errorf("%d tasks on the sheet", n)
	}
	contains(t, out, "sv/tasks/add/index.html", `<a href="/register/sv/help/medlem-submit/"><code>medlem submit</code></a>`)
	steps := regexp.MustCompile(`(?s)<ol>.*?</ol>`)
	for _, task := range []string{"look-up", "correct", "add", "leaver", "list", "message"} {
		_, text, _ := strings.Cut(out.files["sv/tasks/"+task+"/index.html"], `<div class="text steps">`)
		if n := strings.Count(steps.FindString(text), "<li>"); n != 3 {
			t.Errorf("%s has %d steps", task, n)
		}
	}
	_, err := rebuilt(t, "kommed", map[string]string{"data/help.json": `{"commands": [{"name": "medlem add", "use": "medlem add", "short": {"sv": "för in"}, "long": {"sv": "x"}, "example": "", "flags": []}]}`})
	if err == nil || !strings.Contains(err.Error(), `there is no help for "medlem submit"`) {
		t.Errorf("built: %v", err)
	}
}

// The page on appointing says that she is chosen with care, and what the policy
// recommends.
func TestK14(t *testing.T) {
	contains(t, prose(t, "kommed"), "sv/procedures/appointing/index.html",
		`<h2 id="välj-med-omsorg">Välj med omsorg</h2>`, `data-policy="access.offices.local-admin.warn.0.says">Avdelningen har en anställd.`)
	contains(t, prose(t, "dkf"), "da/procedures/appointing/index.html", "Vælg med omhu")
}

// Where cash is never taken, the help says what comes of taking it.
func TestN20(t *testing.T) {
	const says = `data-policy="dues.means.cash.says">Ta aldri imot kontanter. Den som gjør det, må selv betale medlemmets faktura.</data>`
	out := prose(t, "neitileu")
	contains(t, out, "nb/tasks/add/index.html", says)
	contains(t, out, "nb/procedures/dues/index.html", says)
	if strings.Contains(prose(t, "posk").files["sv/tasks/add/index.html"], "Kontanter") {
		t.Error("a pack that says nothing of cash speaks of it")
	}
}

// Every office has a guide in the organisation's language, of what its own policy
// says; that it fits two pages of paper is TestBrowserGuides.
func TestN35(t *testing.T) {
	out := prose(t, "neitileu")
	contains(t, out, "nb/guides/county-user/index.html",
		`<h1>Medlemsrådgiver i fylkeslaget</h1>`, "Føre inn nye medlemmer.", "Skrive til medlemmene.", "Du avslutter ikke medlemskap selv.",
		`<strong>Dette ser du, men endrer ikke:</strong> <data class="policy" value="Innmeldt"`,
		`data-policy="lists.password">12 tegn</data>`, `data-policy="access.offices.county-user.seats.max">2 personer</data>`, "Veiledningen er lest og undertegnet", "Fylkesstyret")
	contains(t, out, "nb/guides/secretariat/index.html", "Slette medlemmer for godt.", "sammenlign fingeravtrykket")
	if strings.Contains(out.files["nb/guides/county-user/index.html"], "Slette medlemmer for godt.") {
		t.Error("the guide of an office says what another may do")
	}
	contains(t, out, "nb/guides/local-leader/index.html", "Vervet åpner ingen opplysninger om medlemmer.")
	for _, name := range sites() {
		out := prose(t, name)
		guides := 0
		for file := range out.files {
			if strings.Contains(file, "/guides/") && strings.Count(file, "/") == 3 {
				guides++
			}
		}
		offices := bytes.Count(packFiles(t, name)["access.yaml"], []byte("\n    scope: "))
		if languages := map[bool]int{true: 4, false: 1}[name == "standard"]; guides != offices*languages || guides == 0 {
			t.Errorf("%s: %d guides for %d offices", name, guides, offices)
		}
	}
	changed := packFiles(t, "neitileu")
	changed["lists.yaml"] = bytes.Replace(changed["lists.yaml"], []byte("password: 12"), []byte("password: 17"), 1)
	spec, out := proseSpec(t, changed)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	contains(t, out, "nb/guides/county-user/index.html", `>17 tegn</data>`)
}

// Training that leaves out a topic, or privacy, is warned about.
func TestN41(t *testing.T) {
	if w := prose(t, "neitileu").warnings; len(w) != 0 {
		t.Errorf("warnings: %q", w)
	}
	for _, topic := range []string{"privacy", "list"} {
		spec, out := proseSpec(t, packFiles(t, "neitileu"))
		delete(spec.Files, "content/nb/training/"+topic+".md")
		if err := Build(spec); err != nil {
			t.Fatal(err)
		}
		if len(out.warnings) != 1 || !strings.Contains(out.warnings[0], `there is no training topic "`+topic+`"`) {
			t.Errorf("warnings: %q", out.warnings)
		}
	}
}

// What is said of cash on the page on dues and in the training is one text.
func TestN64(t *testing.T) {
	files := packFiles(t, "neitileu")
	files["dues.yaml"] = bytes.Replace(files["dues.yaml"], []byte("Ta aldri imot kontanter."), []byte("Kontanter er ikke lov."), 1)
	spec, out := proseSpec(t, files)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"nb/procedures/dues/index.html", "nb/training/join/index.html"} {
		contains(t, out, page, `data-policy="dues.means.cash.says">Kontanter er ikke lov. Den som`)
		if strings.Contains(out.files[page], "Ta aldri imot") {
			t.Errorf("%s has a text of its own", page)
		}
	}
}

// The five topics are text, lead to their help, and have room for a video.
func TestN66(t *testing.T) {
	out := prose(t, "neitileu")
	for topic, help := range map[string]string{"login": "help/medlem-key", "search": "tasks/look-up", "list": "tasks/list", "messages": "tasks/message", "join": "tasks/add"} {
		contains(t, out, "nb/training/"+topic+"/index.html", `<p class="next"><a href="/register/nb/`+help+`/">`)
		contains(t, out, "nb/training/index.html", `<a href="/register/nb/training/`+topic+`/">`)
	}
	const page = "content/nb/training/search.md"
	spec, out := proseSpec(t, packFiles(t, "neitileu"))
	body := string(spec.Files[page].Body)
	if err := Build(spec.with(map[string]string{page: strings.Replace(body, "weight: 2", "weight: 2\nvideo: https://film.example.org/sok", 1)})); err != nil {
		t.Fatal(err)
	}
	contains(t, out, "nb/training/search/index.html", `<a href="https://film.example.org/sok">Se videoen</a>`)
	if _, err := rebuilt(t, "neitileu", map[string]string{page: strings.Replace(body, "help: \"/tasks/look-up\"\n", "", 1)}); err == nil || !strings.Contains(err.Error(), page) {
		t.Errorf("a topic without help: %v", err)
	}
}

// Every page of help shows the one address for what is sent in, and the key that
// closes a file for the secretariat.
func TestP28(t *testing.T) {
	const key = "age1pq1testkeyofthesecretariat"
	out, err := rebuilt(t, "posk", map[string]string{"data/contact.json": `{"email": "fragor@prove.example", "recipients": ["` + key + `"]}`})
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for file, body := range out.files {
		if !strings.Contains(file, "/tasks/") && !regexp.MustCompile(`/help/medlem-`).MatchString(file) {
			continue
		}
		pages++
		_, intake, _ := strings.Cut(body, `<section class="intake">`)
		intake, _, _ = strings.Cut(intake, `</section>`)
		if !strings.Contains(intake, `data-policy="lists.intake.address">info@posk.se</data>`) || !strings.Contains(intake, key) || strings.Contains(intake, "fragor@") {
			t.Errorf("%s: %q", file, intake)
		}
	}
	if want := len(commandsOfPages) + 7; pages != want {
		t.Errorf("%d pages of help, want %d", pages, want)
	}
}

// There is a page on data protection with its day, every procedure leads to it,
// and without it nothing is built.
func TestP31(t *testing.T) {
	for _, name := range sites() {
		spec, _ := proseSpec(t, packFiles(t, name))
		lang := spec.Options.Languages[0]
		out := prose(t, name)
		contains(t, out, lang+"/gdpr/index.html", `<time datetime="`)
		procedures := 0
		for file, body := range out.files {
			if strings.HasPrefix(file, lang+"/procedures/") && strings.Count(file, "/") == 3 {
				if procedures++; !strings.Contains(body, `<p class="next"><a href="/register/`+lang+`/gdpr/">`) {
					t.Errorf("%s does not lead to it", file)
				}
			}
		}
		if procedures != 8 {
			t.Errorf("%s: %d procedures", name, procedures)
		}
		if name != "posk" {
			continue
		}
		delete(spec.Files, "content/"+lang+"/gdpr.md")
		if err := Build(spec); err == nil || !strings.Contains(err.Error(), "content/"+lang+"/gdpr.md is missing") {
			t.Errorf("%s without it: %v", name, err)
		}
	}
}

// Every page names the contact for questions; without one nothing is built.
func TestP35(t *testing.T) {
	pages := 0
	for file, body := range prose(t, "posk").files {
		if strings.HasSuffix(file, ".html") && file != "index.html" {
			if pages++; !strings.Contains(body, `<p>Frågor? <a href="mailto:info@posk.se">info@posk.se</a></p>`) {
				t.Errorf("%s has no contact", file)
			}
		}
	}
	if pages < 60 {
		t.Errorf("%d pages", pages)
	}
	files := packFiles(t, "posk")
	files["organisation.yaml"] = bytes.Replace(files["organisation.yaml"], []byte("contact: info@posk.se"), []byte("contact: \"\""), 1)
	if _, err := procedures.Assemble(procedures.Input{Policies: files, Day: testDay, Commands: commands}); err == nil {
		t.Error("a site of an organisation without a contact")
	}
	spec, _ := proseSpec(t, packFiles(t, "posk"))
	spec.Options.Strict = true
	if err := Build(spec.with(map[string]string{"data/contact.json": `{"recipients": []}`})); err == nil || !strings.Contains(err.Error(), "there is no contact") {
		t.Errorf("strict, without a contact: %v", err)
	}
}

// Guide, text on data protection and template are offered together, and are there:
// the template by itself, with the columns of the policy and nobody in it.
func TestP36(t *testing.T) {
	out := prose(t, "posk")
	contains(t, out, "sv/downloads/index.html",
		`<a href="/register/sv/guides/">`, `<a href="/register/sv/gdpr/">`, `<a href="/register/sv/downloads/template.xlsx" download>Mall för medlemslistor</a>`,
		`<a href="/register/gdpr.sv.pdf"`, `<a href="/register/guides/`)
	for _, file := range []string{"sv/guides/index.html", "sv/gdpr/index.html"} {
		if out.files[file] == "" {
			t.Errorf("no %s", file)
		}
	}
	if at := handout.Of([]byte(out.files["sv/gdpr/index.html"])); at != "/register/gdpr.sv.pdf" {
		t.Errorf("the text on data protection as PDF: %q", at)
	}
	table, err := sheet.Read("template.xlsx", []byte(out.files["sv/downloads/template.xlsx"]))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := policy.LoadPack(packFiles(t, "posk"))
	if _, wrong := sheet.Recognise(table, p); len(table.Header) < 5 || len(table.Rows) != 0 || len(wrong) > 0 {
		t.Errorf("%d columns, %d rows, %v", len(table.Header), len(table.Rows), wrong)
	}
}

// Whoever reads a procedure can say what she thinks of it by an ordinary link: no
// form, no cookie, no script.
func TestU16(t *testing.T) {
	out := prose(t, "unionen")
	contains(t, out, "sv/procedures/lists/index.html", `?subject=Listor%20och%20hur%20de%20f%C3%B6rst%C3%B6rs">Säg vad som är fel eller oklart på den här sidan</a>`)
	for file, body := range out.files {
		if strings.Contains(file, "/procedures/") && !strings.Contains(body, `<a href="mailto:medlem@prove.example?subject=`) {
			t.Errorf("%s: no link", file)
		}
		if regexp.MustCompile(`(?i)<form|document\.cookie|localStorage|sessionStorage|sendBeacon`).MatchString(body) {
			t.Errorf("%s has a form, or keeps something", file)
		}
	}
}

// Two procedures that state the same period state it from one place.
func TestD38(t *testing.T) {
	files := packFiles(t, "standard")
	files["retention.yaml"] = bytes.Replace(files["retention.yaml"], []byte("keep: 3\n"), []byte("keep: 7\n"), 1)
	spec, out := proseSpec(t, files)
	if err := Build(spec); err != nil {
		t.Fatal(err)
	}
	for lang, months := range map[string]string{"nb": "7 måneder", "sv": "7 månader", "da": "7 måneder", "en": "7 months"} {
		for _, page := range []string{"procedures/retention", "procedures/joining", "retention", "information", "processing"} {
			contains(t, out, lang+"/"+page+"/index.html", `data-policy="retention.reasons.left.keep">`+months+`</data>`)
		}
	}
}

// One address takes what is ordered and what is to be changed, on every page of help;
// no other stands beside it.
func TestN27(t *testing.T) {
	out := prose(t, "neitileu")
	pages := 0
	for file, body := range out.files {
		_, intake, ok := strings.Cut(body, `<section class="intake">`)
		if !ok || !strings.HasSuffix(file, ".html") {
			continue
		}
		pages++
		intake, _, _ = strings.Cut(intake, "</section>")
		if all := regexp.MustCompile(`[a-z.]+@[a-z.]+`).FindAllString(intake, -1); len(all) == 0 || regexp.MustCompile(`[a-z.]+@[a-z.]+`).FindString(strings.ReplaceAll(intake, "medlem@neitileu.no", "")) != "" {
			t.Errorf("%s: %q", file, all)
		}
	}
	if pages < 15 {
		t.Errorf("%d pages", pages)
	}
}
