package main

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/slow"
)

// typage is another implementation of age, which has its hybrid recipients and runs in
// browsers; nothing of it is ours.
const typage = `import { Decrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";
Object.assign(globalThis, { generateHybridIdentity, identityToRecipient });
globalThis.opens = async (file, identity, passphrase) => { const d = new Decrypter(); if (identity) d.addIdentity(identity); if (passphrase) d.addPassphrase(passphrase);
	return new TextDecoder("utf-8", { fatal: true }).decode(await d.decrypt(Uint8Array.from(atob(file), (c) => c.charCodeAt(0)))); }`

// B20: typage, in a browser, opens what the register seals to hybrid recipients: a
// keyring and an envelope, and with the key that it finds in the keyring the record. It
// opens the keyring of today's program and that of the vectors, and with another identity
// nothing.
func TestB20Browser(t *testing.T) {
	eval := inBrowser(t, typage)
	read := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile("../../internal/seal/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	open := func(file []byte, identity, passphrase string) string {
		t.Helper()
		return eval(`opens("` + base64.StdEncoding.EncodeToString(file) + `", ` + quoted(identity) + `, ` + quoted(passphrase) + `)`)
	}
	reader := ""
	for line := range strings.Lines(string(read("reader.txt"))) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-PQ-") {
			reader = strings.TrimSpace(line)
		}
	}
	recipient := eval(`identityToRecipient(` + quoted(reader) + `)`)
	if !strings.HasPrefix(recipient, "age1pq1") {
		t.Fatalf("the reader's recipient is %.12s", recipient)
	}
	const padding = "\n#" // what a keyring is filled up with
	text := func(opened string) string { return opened[:strings.LastIndex(opened, padding)+1] }

	keyring := open(read("keyring.age"), reader, "")
	if text(keyring) != string(read("keyring.yaml")) {
		t.Errorf("the keyring of the vectors: %.40s", keyring)
	}
	if got := open(read("envelope.age"), reader, ""); !strings.Contains(got, "secret: mrk1") {
		t.Errorf("the envelope of the vectors: %.40s", got)
	}

	// Sealed now, by this program: a record under its key, the key in a keyring.
	key := seal.NewKey()
	record := read("record.yaml")
	sealed, err := seal.Seal(key, record)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.ParseKeyring(read("keyring.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	k.Keys["m4k7aaaaaaaaa"] = key
	file, err := seal.SealKeyring(k, []string{recipient})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := seal.ParseKeyring([]byte(text(open(file, reader, ""))))
	if err != nil {
		t.Fatalf("the keyring as typage opened it: %v", err)
	}
	if got := open(sealed, "", opened.Keys["m4k7aaaaaaaaa"].String()); text(got) != string(record) {
		t.Errorf("the record: %.40s", got)
	}
	other := eval(`generateHybridIdentity()`)
	if got := open(file, other, ""); !strings.HasPrefix(other, "AGE-SECRET-KEY-PQ-") || !strings.HasPrefix(got, "threw") {
		t.Errorf("opened with another identity: %.20s", got)
	}
	if got := open(sealed, "", seal.NewKey().String()); !strings.HasPrefix(got, "threw") {
		t.Error("opened with another key")
	}
}

// inBrowser starts Chromium with a source; it evaluates expressions of texts.
func inBrowser(t *testing.T, source string) func(js string) string {
	t.Helper()
	slow.Test(t)
	out := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: source, ResolveDir: ".", Loader: api.LoaderTS},
		Bundle: true, Format: api.FormatIIFE, Target: api.ES2022, Charset: api.CharsetUTF8, LogLevel: api.LogLevelSilent,
	})
	if len(out.Errors) > 0 {
		t.Fatal(out.Errors[0].Text)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(slow.Tool(t, "chromium")), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, done := chromedp.NewContext(allocator)
	t.Cleanup(done)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](string(out.OutputFiles[0].Contents)+";0")); err != nil {
		t.Fatal(err)
	}
	return func(js string) string {
		t.Helper()
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string](`Promise.resolve().then(() => `+js+`).then(String, (e) => "threw " + e.name)`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%.200s: %v", js, err)
		}
		return v
	}
}
