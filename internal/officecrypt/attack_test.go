package officecrypt

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// ATTACK: somebody without the password changes a protected file on its way, to
// have another list read. Whatever byte is changed, and however, Open returns
// the list as it was or an error, never another list; and a changed byte of the
// package or of the HMAC is always found.
func TestChangedBytes(t *testing.T) {
	plain := noise(4096 + 700)
	file := quick(t, plain, "x")
	pkg := packageOf(t, file)
	at := bytes.Index(file, pkg)
	if at < 0 {
		t.Fatal("the package does not lie in one piece")
	}
	same, refused := 0, 0
	for i := range file {
		for _, x := range []byte{0x01, 0x20, 0xff} {
			b := bytes.Clone(file)
			b[i] ^= x
			got, err := Open(b, "x")
			switch {
			case err == nil && !bytes.Equal(got, plain):
				t.Fatalf("byte %d changed by %#x: opened as something else", i, x)
			case err == nil && i >= at && i < at+len(pkg):
				t.Fatalf("byte %d of the package changed by %#x: opened", i-at, x)
			case err == nil:
				same++
			default:
				one(t, err)
				refused++
				if i >= at+sizePrefix && i < at+len(pkg) && !errors.Is(err, ErrIntegrity) {
					t.Fatalf("byte %d of the package changed by %#x: %v", i-at, x, err)
				}
			}
		}
	}
	if same == 0 || refused < 3*len(pkg) {
		t.Fatalf("%d opened, %d refused", same, refused)
	}
}

// ATTACK: somebody changes the description of the encryption, field by field, to
// have the HMAC left out, weaker parameters used or the reader busy for hours.
// Each change alone is refused, with the error that tells which way out there is.
func TestChangedDescription(t *testing.T) {
	info, pkg, err := protectedStreams(quick(t, noise(5000), "x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(pack(t, info, pkg), "x"); err != nil {
		t.Fatalf("the honest twin: %v", err)
	}
	const data, key = 1, 2 // which of the two sets of parameters
	for _, c := range []struct {
		which     int
		name, new string
		want      error
	}{
		{data, "saltSize", "8", ErrUnsupported},
		{data, "saltSize", "x", ErrMalformed},
		{data, "saltSize", "99999999999999999999", ErrMalformed},
		{data, "blockSize", "32", ErrUnsupported},
		{data, "keyBits", "128", ErrMalformed},
		{data, "keyBits", "0", ErrUnsupported},
		{data, "keyBits", "-256", ErrUnsupported},
		{data, "keyBits", "512", ErrUnsupported},
		{data, "hashSize", "32", ErrMalformed},
		{data, "cipherAlgorithm", "RC4", ErrUnsupported},
		{data, "cipherAlgorithm", "3DES", ErrUnsupported},
		{data, "cipherChaining", "ChainingModeCFB", ErrUnsupported},
		{data, "cipherChaining", "ChainingModeECB", ErrUnsupported},
		{data, "hashAlgorithm", "MD5", ErrUnsupported},
		{data, "hashAlgorithm", "SHA256", ErrMalformed},
		{data, "hashAlgorithm", "", ErrUnsupported},
		{data, "saltValue", "~", ErrIntegrity},
		{data, "saltValue", "AAAA", ErrMalformed},
		{data, "saltValue", "?", ErrMalformed},
		{data, "encryptedHmacKey", "~", ErrIntegrity},
		{data, "encryptedHmacKey", "", ErrMalformed},
		{data, "encryptedHmacValue", "~", ErrIntegrity},
		{data, "encryptedHmacValue", "", ErrMalformed},
		{data, "encryptedHmacValue", "AAAA", ErrMalformed},
		{key, "saltSize", "17", ErrUnsupported},
		{key, "blockSize", "8", ErrUnsupported},
		{key, "keyBits", "192", ErrPassword},
		{key, "keyBits", "40", ErrUnsupported},
		{key, "hashSize", "20", ErrMalformed},
		{key, "cipherAlgorithm", "RC2", ErrUnsupported},
		{key, "cipherChaining", "", ErrUnsupported},
		{key, "hashAlgorithm", "WHIRLPOOL", ErrUnsupported},
		{key, "hashAlgorithm", "SHA1", ErrMalformed},
		{key, "saltValue", "~", ErrPassword},
		{key, "saltValue", "", ErrMalformed},
		{data, "spinCount", "0", ErrPassword},
		{data, "spinCount", "2", ErrPassword},
		{data, "spinCount", "-1", ErrMalformed},
		{data, "spinCount", fmt.Sprint(SpinLimit + 1), ErrUnsupported},
		{data, "spinCount", fmt.Sprint(spinFormat), ErrUnsupported},
		{data, "spinCount", fmt.Sprint(spinFormat + 1), ErrMalformed},
		{data, "spinCount", "4294967297", ErrMalformed},
		{data, "encryptedVerifierHashInput", "~", ErrPassword},
		{data, "encryptedVerifierHashInput", "", ErrMalformed},
		{data, "encryptedVerifierHashValue", "~", ErrPassword},
		{data, "encryptedVerifierHashValue", "AAAA", ErrMalformed},
		{data, "encryptedKeyValue", "~", ErrIntegrity},
		{data, "encryptedKeyValue", "AAAA", ErrMalformed},
	} {
		_, err := Open(pack(t, withAttr(t, info, c.name, c.which, c.new), pkg), "x")
		if !errors.Is(err, c.want) {
			t.Errorf("%s %d = %q: %v, want %v", c.name, c.which, c.new, err, c.want)
		}
		if err != nil {
			one(t, err)
		}
	}
}

// withAttr changes the n-th attribute of a name; "~" changes one bit of its value.
func withAttr(t *testing.T, info []byte, name string, n int, value string) []byte {
	t.Helper()
	all := regexp.MustCompile(` `+name+`="([^"]*)"`).FindAllSubmatchIndex(info, -1)
	if len(all) < n {
		t.Fatalf("%s: %d of them", name, len(all))
	}
	from, to := all[n-1][2], all[n-1][3]
	if value == "~" {
		b, err := base64.StdEncoding.DecodeString(string(info[from:to]))
		if err != nil {
			t.Fatal(err)
		}
		b[0] ^= 1
		value = base64.StdEncoding.EncodeToString(b)
	}
	return bytes.Join([][]byte{info[:from], []byte(value), info[to:]}, nil)
}

// ATTACK: as before, with the structure of the description instead of its fields.
func TestChangedStructure(t *testing.T) {
	info, pkg, err := protectedStreams(quick(t, noise(5000), "x"))
	if err != nil {
		t.Fatal(err)
	}
	s := string(info)
	integrity := regexp.MustCompile(`<dataIntegrity [^>]*/>`).FindString(s)
	keyData := regexp.MustCompile(`<keyData [^>]*/>`).FindString(s)
	encryptor := regexp.MustCompile(`<keyEncryptor .*</keyEncryptor>`).FindString(s)
	encrypted := regexp.MustCompile(`<p:encryptedKey [^>]*/>`).FindString(s)
	certificate := strings.ReplaceAll(encryptor, "keyEncryptor/password", "keyEncryptor/certificate")
	swap := func(old, new string) string {
		if old == "" || !strings.Contains(s, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(s, old, new, 1)
	}
	for _, c := range []struct {
		name, info string
		want       error // nil: opens
	}{
		{"as it was", s, nil},
		{"the HMAC left out", swap(integrity, ""), ErrIntegrity},
		{"the HMAC of another kind of element", swap("<dataIntegrity", "<dataintegrity"), ErrIntegrity},
		{"two HMACs", swap(integrity, integrity+integrity), ErrMalformed},
		{"no parameters", swap(keyData, ""), ErrMalformed},
		{"two sets of parameters", swap(keyData, keyData+keyData), ErrMalformed},
		{"no keys", swap(encryptor, ""), ErrUnsupported},
		{"a certificate's key only", swap(encryptor, certificate), ErrUnsupported},
		{"a certificate's key too", swap(encryptor, certificate+encryptor), nil},
		{"two keys", swap(encryptor, encryptor+encryptor), ErrMalformed},
		{"two keys in one", swap(encrypted, encrypted+encrypted), ErrMalformed},
		{"a key without parameters", swap(encrypted, "<p:encryptedKey/>"), ErrUnsupported},
		{"another namespace", swap(encryptionSpace, "http://example.org/"), ErrMalformed},
		{"no end", s[:len(s)-1], ErrMalformed},
		{"no XML", s[:8], ErrMalformed},
		{"UTF-16", swap(`encoding="UTF-8"`, `encoding="UTF-16"`), ErrMalformed},
		{"entities", swap("<encryption", `<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><encryption`), nil},
		{"an entity in use", swap(`spinCount="1"`, `spinCount="&a;"`), ErrMalformed},
		{"depth", s[:8] + strings.Repeat("<a>", 60_000), ErrMalformed},
		{"length", s + strings.Repeat(" ", infoLimit-len(s)), nil},
		{"too great a length", s + strings.Repeat(" ", infoLimit-len(s)+1), ErrMalformed},
		{"another constant", s[:4] + "\x41" + s[5:], ErrMalformed},
		{"version 3.4", "\x03" + s[1:], ErrUnsupported},
		{"version 4.3, extensible", s[:2] + "\x03" + s[3:], ErrUnsupported},
		{"version 4.2, standard", s[:2] + "\x02" + s[3:], ErrMalformed},
		{"version 1.1, RC4", "\x01\x00\x01" + s[3:], ErrUnsupported},
		{"nothing", "", ErrMalformed},
		{"seven bytes", s[:7], ErrMalformed},
	} {
		file := pack4([]byte(c.info), pkg) // where a description may be long
		if len(c.info) < miniCutoff {
			file = pack(t, []byte(c.info), pkg)
		}
		_, err := Open(file, "x")
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil {
			one(t, err)
		}
	}
	for _, c := range []struct {
		size uint64
		want error
	}{{4999, ErrIntegrity}, {0, ErrIntegrity}, {5008, ErrIntegrity}, {5009, ErrMalformed}, {1 << 34, ErrMalformed}, {1<<64 - 1, ErrMalformed}} {
		b := bytes.Clone(pkg)
		binary.LittleEndian.PutUint64(b, c.size)
		if _, err := Open(pack(t, info, b), "x"); !errors.Is(err, c.want) {
			t.Errorf("a package of %d bytes: %v, want %v", c.size, err, c.want)
		}
	}
	for _, b := range [][]byte{pkg[:7], pkg[:8], nil, pkg[:len(pkg)-16]} {
		if _, err := Open(pack(t, info, b), "x"); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes of the package: %v", len(b), err)
		}
	}
	// Segments exchanged, and two packages under the same password.
	b := bytes.Clone(pkg)
	copy(b[8:], pkg[8+16:8+32])
	copy(b[8+16:], pkg[8:8+16])
	if _, err := Open(pack(t, info, b), "x"); !errors.Is(err, ErrIntegrity) {
		t.Errorf("blocks exchanged: %v", err)
	}
	if _, err := Open(pack(t, info, packageOf(t, quick(t, noise(5000), "x"))), "x"); !errors.Is(err, ErrIntegrity) {
		t.Errorf("another file's package: %v", err)
	}
}

// ATTACK: a file asks for as much hashing as is allowed. The most is done, in
// bounded time; one round more is refused, without a round.
func TestSpinLimit(t *testing.T) {
	var b bytes.Buffer
	if err := newProtection(SpinLimit).write(&b, noise(10), "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(b.Bytes(), "x"); err != nil {
		t.Fatal(err)
	}
	if n := len(forms("a\u030a\u0327é")); n != 3 {
		t.Fatalf("%d forms of a password, so many times the rounds", n)
	}
}

// Every field of standard encryption, changed alone, is refused.
func TestChangedStandard(t *testing.T) {
	info, pkg, err := protectedStreams(fixture(t, "standard-excelize.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	header := int(binary.LittleEndian.Uint32(info[8:]))
	verifier := 12 + header
	for _, c := range []struct {
		name string
		at   int
		new  uint32
		want error // nil: opens
	}{
		{"as it was", 8, uint32(header), nil},
		{"flags", 4, 0x26, ErrMalformed},
		{"length of the header", 8, 2 << 30, ErrMalformed},
		{"length of the header", 8, 31, ErrMalformed},
		{"length of the header", 8, uint32(header) + 1, ErrMalformed},
		{"flags without AES", 12, 0x04, ErrUnsupported},
		{"flags of an external provider", 12, 0x34, ErrUnsupported},
		{"extra", 16, 1, ErrMalformed},
		{"RC4", 20, 0x6801, ErrUnsupported},
		{"AES-256 with a short key", 20, 0x6610, ErrMalformed},
		{"SHA-256", 24, 0x800c, ErrUnsupported},
		{"length of the key", 28, 256, ErrMalformed},
		{"length of the key", 28, 0xfffffff8, ErrMalformed},
		{"length of the salt", verifier, 1 << 20, ErrMalformed},
		{"salt", verifier + 4, 0, ErrPassword},
		{"verifier", verifier + 20, 0, ErrPassword},
		{"length of the hash", verifier + 36, 32, ErrMalformed},
		{"hash", verifier + 40, 0, ErrPassword},
	} {
		_, err := Open(pack(t, put32(info, c.at, c.new), pkg), vectorPassword)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil {
			one(t, err)
		}
	}
	for n := range len(info) {
		if _, err := scheme(info[:n]); n < verifier+standardVerifier && !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if _, err := Open(pack(t, info, put32(pkg, 8, 0)), vectorPassword); !errors.Is(err, ErrIntegrity) {
		t.Errorf("no longer a zip file: %v", err)
	}
	for _, size := range []uint32{uint32(len(pkg)), 1 << 31} {
		if _, err := Open(pack(t, info, put32(pkg, 0, size)), vectorPassword); !errors.Is(err, ErrMalformed) {
			t.Errorf("a package of %d bytes: %v", size, err)
		}
	}
}
