package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A site that is being written is shown from memory, on this computer alone, and
// its pages load themselves again when a policy file changes.
func TestSiteServe(t *testing.T) {
	program := filepath.Join(rendererDir(t, false), "medlem")
	dir := t.TempDir()
	t.Chdir(dir) // where no register is
	policies := filepath.Join(dir, "rules")
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range sitePolicies(t, "") {
		write("rules/"+name, string(b))
	}
	write("pages/content/en/number.md", "---\ntitle: Number\nsummary: A number of the policy\n---\n{{< policy \"retention.reasons.left.keep\" >}}\n")
	out, in := io.Pipe()
	var errs bytes.Buffer
	a := newApp(Env{Stdin: strings.NewReader(""), Stdout: in, Stderr: &errs, Now: time.Now, Getenv: func(string) string { return "" },
		Program: program}, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := a.siteServe(ctx, siteFlags{policies: policies, pages: filepath.Join(dir, "pages")}, 0)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %v: %s", err, <-ended, errs.String())
	}
	base := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(line)
	get := func(path, host string) (int, string) {
		t.Helper()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	if code, body := get("en/number/", ""); code != 200 || !strings.Contains(body, ">3 months<") || !strings.Contains(body, "reload") {
		t.Errorf("%d %.200s", code, body)
	}
	if code, _ := get("nowhere", ""); code != 404 {
		t.Errorf("a page that is not there: %d", code)
	}
	if code, body := get("en/number/", "rebound.example"); code != http.StatusMisdirectedRequest || strings.Contains(body, "months") {
		t.Errorf("under another name: %d", code)
	}
	resp, err := http.Get(base + ".changes")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := os.ReadFile(filepath.Join(policies, "retention.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write("rules/retention.yaml", strings.Replace(string(b), "keep: 3\n", "keep: 14\n", 1))
	if said, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || said != "data: changed\n" {
		t.Fatalf("%q %v", said, err)
	}
	if _, body := get("en/number/", ""); !strings.Contains(body, ">14 months<") {
		t.Errorf("not the new number: %.300s", body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
