package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Run carries out a medlem command at a time of the play and returns what it
// printed and its exit code.
type Run func(ctx context.Context, now time.Time, stdout, stderr io.Writer, args ...string) int

// Options say where to play.
type Options struct {
	Dir string    // an empty folder; the play fills it
	Out io.Writer // where the telling goes
	Run Run
	Now time.Time // the last day of the month that is played
}

// play is the stage.
type play struct {
	Options
	ctx  context.Context
	now  time.Time
	host string
	err  error // the first thing that did not go as it should; nothing is played after it
}

// Play plays the month. An error means that something did not hold that must.
func Play(ctx context.Context, o Options) error {
	p := &play{Options: o, ctx: ctx, now: o.Now.AddDate(0, 0, -30), host: filepath.Join(o.Dir, "server.git")}
	for _, scene := range []func(){p.found, p.bring, p.trespass, p.together, p.handOver, p.leave, p.close} {
		scene()
		if p.err != nil {
			return p.err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) at(name string) string { return filepath.Join(p.Dir, name) }

// say tells something, wrapped for a terminal.
func (p *play) say(format string, a ...any) {
	if p.err != nil {
		return
	}
	const width = 76
	line := ""
	for _, w := range strings.Fields(fmt.Sprintf(format, a...)) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			fmt.Fprintln(p.Out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	fmt.Fprintln(p.Out, line)
}

func (p *play) day(n int, title string) {
	p.now = p.Now.AddDate(0, 0, n-30)
	fmt.Fprintf(p.Out, "\nDay %d. %s\n\n", n, title)
}

// do runs a command that must go well and returns what it printed.
func (p *play) do(who string, args ...string) string {
	out, errs, code := p.try(who, args...)
	if code != 0 && p.err == nil {
		p.err = fmt.Errorf("%s: medlem %s: exit code %d: %s", who, strings.Join(args, " "), code, strings.TrimSpace(errs))
	}
	return out
}

// try runs a command, whatever comes of it. Each takes a minute of the play.
func (p *play) try(who string, args ...string) (out, errs string, code int) {
	if p.err != nil {
		return "", "", -1
	}
	p.now = p.now.Add(time.Minute)
	var pre []string
	if who != "" {
		pre = []string{"-C", p.at(who), "--as", p.at(who + ".key")}
	}
	var o, e bytes.Buffer
	code = p.Run(p.ctx, p.now, &o, &e, append(pre, args...)...)
	return o.String(), e.String(), code
}

// show prints a command as its person would type it and the lines that it
// printed, at most limit of them: the first ones, or with a negative limit the
// last ones.
func (p *play) show(who string, limit int, out string, args ...string) {
	if p.err != nil {
		return
	}
	var words []string
	for _, a := range args {
		a = strings.TrimPrefix(a, p.Dir+string(filepath.Separator))
		if strings.ContainsAny(a, " ;") {
			a = "'" + a + "'"
		}
		words = append(words, a)
	}
	fmt.Fprintf(p.Out, "    %s$ medlem %s\n", who, strings.Join(words, " "))
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	if limit < 0 && len(lines) > -limit {
		fmt.Fprintf(p.Out, "    … %d lines before\n", len(lines)+limit)
		lines = lines[len(lines)+limit:]
	}
	for i, l := range lines {
		if i == limit && limit > 0 {
			fmt.Fprintf(p.Out, "    … and %d lines more\n", len(lines)-limit)
			break
		}
		if l != "" {
			fmt.Fprintf(p.Out, "    %s\n", strings.ReplaceAll(l, p.Dir+string(filepath.Separator), ""))
		}
	}
	fmt.Fprintln(p.Out)
}

// must ends the play when something does not hold.
func (p *play) must(held bool, format string, a ...any) {
	if !held && p.err == nil {
		p.err = fmt.Errorf(format, a...)
	}
}

func (p *play) write(name, text string) string {
	if p.err == nil {
		p.err = os.WriteFile(p.at(name), []byte(text), 0o600)
	}
	return p.at(name)
}

func (p *play) git(args ...string) string {
	if p.err != nil {
		return ""
	}
	out, err := exec.CommandContext(p.ctx, "git", args...).CombinedOutput()
	if err != nil {
		p.err = fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// ids are the members of a unit, as an officer lists them.
func (p *play) ids(who, unit string) []string {
	var d struct {
		Members []struct {
			ID string `json:"id"`
		} `json:"members"`
	}
	out := p.do(who, "list", "--unit", unit, "--format", "json")
	if p.err == nil {
		p.err = json.Unmarshal([]byte(out), &d)
	}
	ids := make([]string, len(d.Members))
	for i, m := range d.Members {
		ids[i] = m.ID
	}
	return ids
}
