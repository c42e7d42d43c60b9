package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// deeds are the commands that write, each ready to be given in the scene.
func deeds() []deed {
	shows := func(who, note string) func(*scene) {
		return func(s *scene) {
			s.t.Helper()
			s.run(who, "sync")
			if !strings.Contains(s.run(who, "list", "--unit", "asker", "--format", "json"), note) {
				s.t.Errorf("%s is not there", note)
			}
		}
	}
	return []deed{
		{name: "merge", who: "sec", over: "no proposal",
			args: func(s *scene, _ int) []string { return []string{"merge", s.topic} },
			done: shows("sec", plantedInScene+"merged")},
		{name: "reject", who: "tove", over: "no proposal",
			args: func(s *scene, _ int) []string { return []string{"reject", s.topic, "--reason", plantedInScene} },
			done: func(s *scene) { s.waiting(0) }},
		{name: "erase", who: "sec",
			args: func(s *scene, _ int) []string { return []string{"erase", s.gone} },
			done: func(s *scene) {
				s.run("sec", "sync")
				s.refused("sec", "show", s.gone)
			}},
		{name: "finish", who: "sec", later: true, over: "no such run of erasures is open",
			args: words("retention", "finish", "--today", laterNow[:10]),
			done: func(s *scene) {
				if out := s.run("sec", "due", "--format", "json"); strings.Contains(out, `"run"`) {
					s.t.Errorf("the run is still open: %s", out)
				}
			}},
		{name: "rotate", who: "kari", args: words("rotate"), done: func(s *scene) {
			s.run("sec", "sync")
			s.run("kari", "sync")
		}},
		{name: "rotate of the secretariat", who: "sec", args: words("rotate"), done: func(s *scene) { s.run("sec", "sync") }},
		{name: "rotate --recovery", who: "sec",
			args: func(_ *scene, n int) []string {
				return []string{"rotate", "--recovery", "--recovery-out", "paper" + strconv.Itoa(n) + ".txt"}
			},
			done: func(s *scene) { s.run("sec", "rotate", "--recovery-destroyed") }},
		{name: "rekey", who: "sec", args: words("rekey", "asker"), done: func(s *scene) {
			if out := s.git(s.host, "log", "--format=%s", "main"); !strings.Contains(out, "rekey ") {
				s.t.Errorf("nothing is sealed anew: %s", out)
			}
		}},
		{name: "contain", who: "sec", args: func(s *scene, _ int) []string { return []string{"breach", "contain", s.vars["ola"]} },
			done: olaIsOut},
		{name: "grant", who: "sec", over: "already",
			args: func(s *scene, _ int) []string {
				return []string{"grant", "lillestrom", s.at("nora.officer"), "--office", "chair"}
			},
			done: func(s *scene) { s.run("nora", "clone", s.host, s.at("nora")) }},
		{name: "revoke", who: "sec", over: "has no grant",
			args: func(s *scene, _ int) []string { return []string{"revoke", "karasjok", s.vars["ola"]} },
			done: olaIsOut},
		{name: "backup", who: "",
			over: "exists already",
			args: func(s *scene, _ int) []string { return []string{"-C", s.host, "backup", "--out", s.at("backup2.age")} },
			done: func(s *scene) { s.exists("backup*.age", 2) }},
		{name: "restore", who: "sec", over: "is not empty",
			args: func(s *scene, _ int) []string {
				return []string{"restore", s.at("backup.age"), s.at("restored"), "--to", s.server("new.git"), "--nothing-newer", "--genesis", s.genesis}
			},
			done: func(s *scene) {
				s.run("", "-C", s.at("new.git"), "check", "--all")
				s.run("sec", "-C", s.at("restored"), "verify", "--all")
			}},
		{name: "draw", who: "astrid", over: "exists already",
			args: func(s *scene, _ int) []string {
				return []string{"draw", "--unit", "asker", "--purpose", "mailing", "--out", s.at("drawn.csv.age")}
			},
			done: func(s *scene) { s.exists("drawn.csv.age", 1) }},
		{name: "import", who: "astrid",
			args: func(s *scene, _ int) []string {
				return []string{"import", s.at("more.csv"), "--unit", "asker", "--keep-duplicates"}
			},
			done: shows("astrid", plantedInScene+"moregiven0003")},
		{name: "submit", who: "kari", args: words("submit"), done: func(s *scene) { s.waiting(2) }},
		{name: "sync", who: "ola", args: words("sync"), done: func(s *scene) {
			if s.git(s.at("ola"), "rev-parse", "main") != s.git(s.host, "rev-parse", "main") {
				s.t.Error("the copy is behind")
			}
		}},
	}
}

// olaIsOut proves that ola has no access any more, by main and at her own desk.
func olaIsOut(s *scene) {
	s.t.Helper()
	if out := s.run("sec", "access", s.vars["ola"]); strings.Contains(out, "Kárášjohka") {
		s.t.Errorf("ola has access: %s", out)
	}
	s.refused("ola", "submit")
}

// waiting proves how many proposals wait on the server.
func (s *scene) waiting(n int) {
	s.t.Helper()
	if refs := strings.Fields(s.git(s.host, "for-each-ref", "--format=%(refname)", register.Proposals)); len(refs) != n {
		s.t.Errorf("%d proposals wait, want %d", len(refs), n)
	}
}

// exists proves that at least n files of a pattern are there, each whole: a sealed file
// begins as age's do.
func (s *scene) exists(pattern string, n int) {
	s.t.Helper()
	files, err := filepath.Glob(s.at(pattern))
	if err != nil || len(files) < n {
		s.t.Errorf("%d of %s, want %d: %v", len(files), pattern, n, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil || !strings.HasPrefix(string(b), "age-encryption.org/v1") {
			s.t.Errorf("%s is no sealed file: %v", f, err)
		}
	}
}

// server is the address of one of the scene's servers.
func (s *scene) server(name string) string {
	if s.web != "" {
		return s.web + "/" + name
	}
	return s.at(name)
}
