package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// payloadMaker seals chunks of any size, number and flag, right or wrong.
type payloadMaker struct {
	header  []byte // whose file key is fileKey
	fileKey []byte
	key     []byte // of the payload
	payload []byte
}

func newPayloadMaker(t testing.TB) *payloadMaker {
	t.Helper()
	reader := newHybrid(t)
	file := ageSeal(t, nil, reader.Recipient())
	h, err := Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	m := &payloadMaker{header: file[:h.Size], payload: make([]byte, payloadNonceSize)}
	if m.fileKey, err = age.DecryptHeader(m.header, reader); err != nil {
		t.Fatal(err)
	}
	if m.key, err = hkdf.Key(sha256.New, m.fileKey, m.payload, "payload", 32); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *payloadMaker) reset() { m.payload = m.payload[:payloadNonceSize] }

// chunk adds a chunk of size bytes as the n-th, flagged as the last or not.
func (m *payloadMaker) chunk(t testing.TB, n uint64, size int, last bool) {
	t.Helper()
	aead, err := chacha20poly1305.New(m.key)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[3:], n)
	if last {
		nonce[11] = 1
	}
	m.payload = aead.Seal(m.payload, nonce, bytes.Repeat([]byte{byte(n + 1)}, size), nil)
}

// check holds openPayload to age's reader, and says whether it opens.
func (m *payloadMaker) check(t testing.TB) bool {
	t.Helper()
	var want []byte
	r, wantErr := age.Decrypt(bytes.NewReader(append(bytes.Clone(m.header), m.payload...)), age.NewInjectedFileKeyIdentity(m.fileKey))
	if wantErr == nil {
		want, wantErr = io.ReadAll(r)
	}
	got, err := openPayload(m.fileKey, m.payload)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("openPayload: %v; age: %v", err, wantErr)
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Fatal("openPayload and age opened different texts")
	}
	return err == nil
}

func TestPayload(t *testing.T) {
	type chunk struct {
		n    uint64
		size int
		last bool
	}
	tests := []struct {
		name   string
		chunks []chunk
		tail   int // bytes after them
		opens  bool
	}{
		{"no chunk", nil, 0, false},
		{"an empty chunk", []chunk{{0, 0, true}}, 0, true},
		{"an empty chunk, not last", []chunk{{0, 0, false}}, 0, false},
		{"one chunk", []chunk{{0, 1024, true}}, 0, true},
		{"one chunk, not last", []chunk{{0, 1024, false}}, 0, false},
		{"one chunk and a byte", []chunk{{0, 1024, true}}, 1, false},
		{"one chunk and as much as a tag", []chunk{{0, 1024, true}}, 16, false},
		{"a full chunk", []chunk{{0, chunkSize, true}}, 0, true},
		{"a full chunk, not last", []chunk{{0, chunkSize, false}}, 0, false},
		{"a full chunk and a byte", []chunk{{0, chunkSize, true}}, 1, false},
		{"a full chunk and an empty one", []chunk{{0, chunkSize, false}, {1, 0, true}}, 0, false},
		{"a full chunk, last, and an empty one", []chunk{{0, chunkSize, true}, {1, 0, true}}, 0, false},
		{"two chunks", []chunk{{0, chunkSize, false}, {1, 1, true}}, 0, true},
		{"two chunks, both last", []chunk{{0, chunkSize, true}, {1, 1, true}}, 0, false},
		{"two chunks, none last", []chunk{{0, chunkSize, false}, {1, 1, false}}, 0, false},
		{"two full chunks", []chunk{{0, chunkSize, false}, {1, chunkSize, true}}, 0, true},
		{"the first one short", []chunk{{0, 100, false}, {1, 1, true}}, 0, false},
		{"three chunks", []chunk{{0, chunkSize, false}, {1, chunkSize, false}, {2, 17, true}}, 0, true},
		{"two chunks swapped", []chunk{{0, chunkSize, false}, {2, chunkSize, false}, {1, chunkSize, false}, {3, 1, true}}, 0, false},
		{"one chunk twice", []chunk{{0, chunkSize, false}, {0, chunkSize, false}, {1, 1, true}}, 0, false},
		{"the first one missing", []chunk{{1, 1024, true}}, 0, false},
		{"one in the middle missing", []chunk{{0, chunkSize, false}, {2, 1, true}}, 0, false},
		{"a chunk too long", []chunk{{0, chunkSize + 1, true}}, 0, false},
	}
	m := newPayloadMaker(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m.reset()
			for _, c := range tt.chunks {
				m.chunk(t, c.n, c.size, c.last)
			}
			m.payload = append(m.payload, make([]byte, tt.tail)...)
			if got := m.check(t); got != tt.opens {
				t.Errorf("opens: %v, want %v", got, tt.opens)
			}
		})
	}
}

// FuzzPayload holds openPayload to age's reader. The input is a plan: two bytes
// for each chunk, its number and flag, then its size.
func FuzzPayload(f *testing.F) {
	sizes := []int{0, 1, 15, 16, 17, 1024, chunkSize - 1, chunkSize, chunkSize + 1}
	f.Add([]byte{0x80, 5}, uint8(0))
	f.Add([]byte{0, 7, 0x81, 1}, uint8(0))
	f.Add([]byte{0, 7, 1, 7, 0x82, 7}, uint8(16))
	f.Add([]byte{}, uint8(3))
	m := newPayloadMaker(f)
	f.Fuzz(func(t *testing.T, plan []byte, tail uint8) {
		m := *m
		m.payload = make([]byte, payloadNonceSize)
		for i := 0; i+1 < min(len(plan), 8); i += 2 {
			m.chunk(t, uint64(plan[i]&0x7f), sizes[int(plan[i+1])%len(sizes)], plan[i]&0x80 != 0)
		}
		m.payload = append(m.payload, make([]byte, tail)...)
		m.check(t)
	})
}

// TestPlaintextSize compares the arithmetic with age's writer, by way of what
// it seals, and with a count of every payload size near the edges.
func TestPlaintextSize(t *testing.T) {
	const over = payloadNonceSize
	legal := map[int64]int64{over + 16: 0}
	for chunks := int64(0); chunks < 3; chunks++ {
		for n := int64(1); n <= chunkSize; n++ {
			legal[over+chunks*sealedChunkSize+n+tagSize] = chunks*chunkSize + n
		}
	}
	for payload := int64(0); payload <= over+3*sealedChunkSize; payload++ {
		want, ok := legal[payload]
		got, err := plaintextSize(payload)
		if (err == nil) != ok || got != want {
			t.Fatalf("payload of %d bytes: %d, %v; want %d, %v", payload, got, err, want, ok)
		}
	}
}
