package duplicate

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// One record against 100,000: the 99th percentile is to stay under 10 ms.
func BenchmarkFind100000(b *testing.B) {
	const n = 100_000
	r := rand.New(rand.NewPCG(1, 2))
	all := population(r, n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	x := NewIndex(n)
	for _, p := range all {
		x.Add(p)
	}
	build := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	var queries []Person
	for i := range 5000 {
		if i%2 == 0 {
			queries = append(queries, alter(r, all[r.IntN(n)]))
		} else {
			queries = append(queries, invent(r))
		}
		queries[i].ID = ""
	}
	var took []time.Duration
	compared := 0
	b.ReportAllocs()
	for b.Loop() {
		q := queries[len(took)%len(queries)]
		start := time.Now()
		x.Find(q)
		took = append(took, time.Since(start))
	}
	for _, q := range queries {
		compared += len(x.candidates(prepare(q, newWord)))
	}
	slices.Sort(took)
	at := func(percent int) float64 { return float64(took[(len(took)-1)*percent/100].Microseconds()) }
	b.ReportMetric(at(50), "p50-µs")
	b.ReportMetric(at(99), "p99-µs")
	b.ReportMetric(at(100), "max-µs")
	b.ReportMetric(float64(compared)/float64(len(queries)), "compared/op")
	b.ReportMetric(build.Seconds(), "build-s")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "index-MB")
	runtime.KeepAlive(x)
}

// A list of 20,000 rows, each compared with those before it.
func BenchmarkList20000(b *testing.B) {
	all := population(rand.New(rand.NewPCG(1, 2)), 20_000)
	for b.Loop() {
		x := NewIndex(len(all))
		for _, p := range all {
			x.Find(p)
			x.Add(p)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	for b.Loop() {
		Score(kari, kari)
	}
}

func BenchmarkTokens(b *testing.B) {
	for b.Loop() {
		Tokens(kari, theSecret)
	}
}
