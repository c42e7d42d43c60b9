package mail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/mail"
)

const token = "abcdefghij234567"

// report is a bounce with one recipient.
func report(action, status, returned string) string {
	return "From: MAILER-DAEMON@mx.example\r\nTo: lag@forening.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\n<ase@people.example>: no\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ase@people.example\r\nAction: " + action + "\r\nStatus: " + status + "\r\n\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\n" + returned + "\r\n\r\n--b--\r\n"
}

const returned = "Message-ID: <" + token + "@forening.example>\r\nSubject: x\r\n\r\nHei!"

func TestReadReport(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind mail.ReportKind
		ours bool
	}{
		"gone":            {report("failed", "5.1.1", returned), mail.ReportFailed, true},
		"disabled":        {report("failed", "5.2.1", returned), mail.ReportFailed, true},
		"no domain":       {report("Failed", "5.4.4 (no such host)", returned), mail.ReportFailed, true},
		"full":            {report("failed", "5.2.2", returned), mail.ReportOther, true},
		"filtered":        {report("failed", "5.7.1", returned), mail.ReportOther, true},
		"sender refused":  {report("failed", "5.1.8", returned), mail.ReportOther, true},
		"delayed":         {report("delayed", "4.4.1", returned), mail.ReportDelayed, true},
		"delivered":       {report("delivered", "2.0.0", returned), mail.ReportDelayed, true},
		"failed, but 4":   {report("failed", "4.4.7", returned), mail.ReportOther, true},
		"no status":       {report("failed", "", returned), mail.ReportOther, true},
		"without mark":    {report("failed", "5.1.1", "Message-ID: <x@y.example>\r\n"), mail.ReportFailed, false},
		"mark in text":    {report("failed", "5.1.1", "Message-ID: <x@y.example>\r\n\r\n"+token), mail.ReportFailed, false},
		"an answer":       {"To: lag@forening.example\r\nIn-Reply-To: <" + token + "@forening.example>\r\n\r\nTakk!", mail.ReportNone, false},
		"VERP":            {"Delivered-To: lag+" + token + "@forening.example\r\n" + report("failed", "5.1.1", "Subject: x"), mail.ReportFailed, true},
		"another report":  {strings.Replace(report("failed", "5.1.1", returned), "delivery-status;", "disposition-notification;", 1), mail.ReportNone, false},
		"bare line feeds": {strings.ReplaceAll(report("failed", "5.1.1", returned), "\r\n", "\n"), mail.ReportFailed, true},
		"cut":             {strings.TrimSuffix(report("failed", "5.1.1", returned), "\r\n\r\n--b--\r\n"), mail.ReportFailed, true},
		"nothing":         {"", mail.ReportNone, false},
		"no headers":      {"\x00\x01\x02", mail.ReportNone, false},
	} {
		x := mail.ReadReport(strings.NewReader(c.text))
		if ours := len(x.Tokens) > 0 && x.Tokens[0] == token; x.Kind != c.kind || ours != c.ours {
			t.Errorf("%s: %+v, want %s, ours %t", name, x, c.kind, c.ours)
		}
	}
}

func TestReadMbox(t *testing.T) {
	unix := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	box := "From a Sun Nov 22 10:00:00 2026\n" + unix(report("failed", "5.1.1", returned)) + "\nFrom b Sun Nov 22 10:00:01 2026\n" + "Subject: Hei\n\n>From her\n\n"
	var got []mail.ReportKind
	if err := mail.ReadMbox(strings.NewReader(box), func(n int, x mail.Report) error {
		got = append(got, x.Kind)
		if n != len(got) {
			t.Errorf("message %d is said to be number %d", len(got), n)
		}
		return nil
	}); err != nil || len(got) != 2 || got[0] != mail.ReportFailed || got[1] != mail.ReportNone {
		t.Errorf("%v, %v", got, err)
	}
	if err := mail.ReadMbox(strings.NewReader("%PDF-1.7 nothing of the kind\n"), func(int, mail.Report) error { return nil }); !errors.Is(err, mail.ErrMailbox) {
		t.Errorf("a PDF: %v, want ErrMailbox", err)
	}
}

// A refusal says of the address only what it says.
func TestGone(t *testing.T) {
	for code, want := range map[string][2]bool{ // of one in a row of refusals, and of one alone
		"550-5.1.1-rcpt": {true, true}, "550-5.2.1-rcpt": {true, true}, "550-5.1.1-data": {false, false}, "550-5.7.1-rcpt": {false, false}, "552-5.2.2-data": {false, false}, "550-5.1.7-rcpt": {false, false},
		"550-rcpt": {false, true}, "553-rcpt": {false, true}, "554-rcpt": {false, false}, "550-data": {false, false}, "550-5.0.0-rcpt": {false, true}, "550-5.0.0-data": {false, false},
		"550-5.1.1": {true, true}, "550": {false, false}, "553": {false, false}, // of older versions
		"451-4.7.1": {false, false}, "address": {false, false}, "": {false, false},
	} {
		if got := [2]bool{mail.GoneCode(code, false), mail.GoneCode(code, true)}; got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}

// No message makes a report that names more than its bound, or panics.
func FuzzReadReport(f *testing.F) {
	f.Add(report("failed", "5.1.1", returned))
	f.Add(strings.Replace(report("failed", "5.1.1", returned), "boundary=b", "boundary=\"--b\"", 1))
	f.Add("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		x := mail.ReadReport(strings.NewReader(s))
		if len(x.Tokens) > 20 || x.Kind == "" {
			t.Errorf("%+v", x)
		}
	})
}
