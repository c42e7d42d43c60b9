package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/sms"
)

// gateway behaves as 46elks does, on this machine.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex
	taken  map[string]int // by number
	texts  []string
	refuse []string // numbers that it says are none
	drop   int      // after so many it ends the connection once, when it has taken the message
	busy   int      // so many times it says that it has too much to do
}

var gateways sync.Map // *testscript.TestScript -> *gateway

// smsGateway starts a gateway whose account is u1 with the secret hemmelig; its address
// is in $SMS: smsgateway [refuse=NUMBER] [drop=N] [busy=N].
func smsGateway(ts *testscript.TestScript, _ bool, args []string) {
	g := &gateway{taken: map[string]int{}}
	for _, a := range args {
		key, v, _ := strings.Cut(a, "=")
		n, _ := strconv.Atoi(v)
		switch key {
		case "refuse":
			g.refuse = append(g.refuse, v)
		case "drop":
			g.drop = n
		case "busy":
			g.busy = n
		default:
			ts.Fatalf("unknown %s", key)
		}
	}
	g.Server = httptest.NewServer(g)
	ts.Defer(g.Close)
	gateways.Store(ts, g)
	ts.Setenv("SMS", g.URL+"/a1/sms")
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if u, p, _ := r.BasicAuth(); u != "u1" || p != "hemmelig" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	to, text := r.FormValue("to"), r.FormValue("message")
	switch {
	case slices.Contains(g.refuse, to):
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "Invalid to number %s", to)
		return
	case g.busy > 0:
		g.busy--
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	g.taken[to]++
	g.texts = append(g.texts, text)
	if g.drop > 0 && len(g.texts) == g.drop {
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			c.Close()
			return
		}
	}
	fmt.Fprintf(w, `{"status":"created","id":"s%d","parts":%d,"to":%q}`, len(g.texts), sms.Measure(text).Parts, to)
}

// texted checks how many SMS the gateway has taken, none of them twice to one number
// with one text, and writes the last text to texted.txt: texted N.
func texted(ts *testscript.TestScript, _ bool, args []string) {
	v, ok := gateways.Load(ts)
	if !ok {
		ts.Fatalf("no gateway")
	}
	g := v.(*gateway)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(args) != 1 || strconv.Itoa(len(g.texts)) != args[0] {
		ts.Fatalf("%d SMS have arrived, want %s", len(g.texts), strings.Join(args, " "))
	}
	if len(g.texts) > 0 {
		ts.Check(os.WriteFile(ts.MkAbs("texted.txt"), []byte(g.texts[len(g.texts)-1]), 0o600))
	}
}
