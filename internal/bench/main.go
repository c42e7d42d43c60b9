//go:build unix

// Command bench measures what medlem promises of its speed, against stock age,
// sops and a plain Go program, and prints one table. It exits with 1 where a
// limit is missed. Run it from the top of the repository: make bench. Erasures are
// compared with git filter-repo where that is installed (Debian: git-filter-repo).
//
// CPU is the user and system time of a whole process, with that of every process
// that it started and waited for (git, the server's hook); each figure is the
// median of five runs. Other work on the machine hardly moves it; it moves wall
// time, so measure that on an idle machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	missed, err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	if missed {
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (missed bool, err error) {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := fs.String("only", "", "measure only what `REGEXP` matches: "+groupNames())
	runs := fs.Int("runs", 5, "take the median of `N` runs")
	quick := fs.Bool("quick", false, "small registers, to see that everything works; ratios are not judged")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	re, err := regexp.Compile(*only)
	if err != nil {
		return false, fmt.Errorf("-only: %w", err)
	}
	if *runs < 1 || fs.NArg() > 0 {
		return false, fmt.Errorf("usage: bench [-only REGEXP] [-runs N] [-quick]")
	}
	var chosen []group
	for _, g := range groups {
		if re.MatchString(g.name) {
			chosen = append(chosen, g)
		}
	}
	if len(chosen) == 0 {
		return false, fmt.Errorf("-only %s: nothing is measured under such a name", *only)
	}
	b, err := newBench(ctx, *runs, *quick)
	if err != nil {
		return false, err
	}
	defer b.close()
	var rows []row
	for _, g := range chosen {
		b.say("%s", g.name)
		rs, err := g.measure(b)
		if err != nil {
			return false, fmt.Errorf("%s: %w", g.name, err)
		}
		rows = append(rows, rs...)
	}
	fmt.Printf("medians of %d; %s/%s, %d processors, %s\n\n", *runs, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	return printTable(os.Stdout, rows, b.notes, !*quick), nil
}

// A group is figures that are measured together.
type group struct {
	name    string
	measure func(*bench) ([]row, error)
}

// groups are what -only chooses from.
var groups = []group{
	{"list", (*bench).listing},
	{"opening", (*bench).opening},
	{"import", (*bench).importing},
	{"check", (*bench).checking},
	{"policies", (*bench).policies},
	{"access", (*bench).accessing},
	{"replace", (*bench).replacing},
	{"rekey", (*bench).rekeying},
	{"verify", (*bench).verifying},
	{"erase", (*bench).erasing},
	{"readers", (*bench).reading},
	{"breach", (*bench).breaching},
	{"duplicates", (*bench).duplicates},
	{"draw", (*bench).drawing},
	{"labels", (*bench).labelling},
	{"mail", (*bench).mailing},
	{"large", (*bench).importingMany},
	{"dues", (*bench).dues},
	{"site", (*bench).site},
	{"views", (*bench).views},
	{"unlock", (*bench).unlock},
	{"unlock-office", (*bench).unlockOffice},
	{"help", (*bench).helping},
}

func groupNames() string {
	s := groups[0].name
	for _, g := range groups[1:] {
		s += ", " + g.name
	}
	return s
}
