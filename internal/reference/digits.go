package reference

// mod10 is the check digit of modulus 10 (Luhn): weights 2 1 2 1 … from the right, the
// digits of the products added (Nets, "System specification OCR giro", 4.4).
func mod10(s string) byte {
	sum, w := 0, 2
	for i := len(s) - 1; i >= 0; i-- {
		p := int(s[i]-'0') * w
		sum += p/10 + p%10
		w = 3 - w
	}
	return byte('0' + (10-sum%10)%10)
}

// mod11 is the check character of a Norwegian KID of modulus 11: weights 2 to 7 from the
// right, over again; "-" where the digit would be ten (the same, 4.4).
func mod11(s string) byte {
	sum, w := 0, 2
	for i := len(s) - 1; i >= 0; i-- {
		sum += int(s[i]-'0') * w
		if w++; w > 7 {
			w = 2
		}
	}
	switch c := 11 - sum%11; c {
	case 11:
		return '0'
	case 10:
		return '-'
	default:
		return byte('0' + c)
	}
}

// mod97 is the remainder of a number in which A is 10 and Z is 35 (ISO 7064).
func mod97(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}
