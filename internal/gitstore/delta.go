package gitstore

import "fmt"

func badDelta(what string) error { return fmt.Errorf("%w: delta: %s", ErrCorrupt, what) }

// deltaSizes returns the sizes of a delta's base and result, and what follows
// them.
func deltaSizes(delta []byte) (base, result int64, rest []byte, err error) {
	if base, delta, err = deltaSize(delta); err != nil {
		return 0, 0, nil, err
	}
	result, rest, err = deltaSize(delta)
	return base, result, rest, err
}

func deltaSize(b []byte) (int64, []byte, error) {
	var v int64
	for i, c := range b {
		if i == 8 { // 56 bits; no object is larger
			break
		}
		v |= int64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			return v, b[i+1:], nil
		}
	}
	return 0, nil, badDelta("malformed size")
}

// patch applies a delta to its base. The caller has compared the result's size
// with its limit.
func patch(base, delta []byte) ([]byte, error) {
	from, to, delta, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if from != int64(len(base)) {
		return nil, badDelta("made for another base")
	}
	out := make([]byte, 0, to)
	for len(delta) > 0 {
		c := delta[0]
		delta = delta[1:]
		var piece []byte
		if c&0x80 == 0 { // the next c bytes are new
			if c == 0 || int(c) > len(delta) {
				return nil, badDelta("malformed insertion")
			}
			piece, delta = delta[:c], delta[c:]
		} else if piece, delta, err = copied(base, c, delta); err != nil {
			return nil, err
		}
		if int64(len(piece)) > to-int64(len(out)) {
			return nil, badDelta("longer than it says")
		}
		out = append(out, piece...)
	}
	if int64(len(out)) != to {
		return nil, badDelta("shorter than it says")
	}
	return out, nil
}

// copied decodes an instruction to copy a piece of the base. Each of the low
// bits of c says that a byte of the offset (four) or the size (three) follows.
func copied(base []byte, c byte, delta []byte) (piece, rest []byte, err error) {
	var off, size int64
	for k := range 7 {
		if c&(1<<k) == 0 {
			continue
		}
		if len(delta) == 0 {
			return nil, nil, badDelta("malformed copy")
		}
		if k < 4 {
			off |= int64(delta[0]) << (8 * k)
		} else {
			size |= int64(delta[0]) << (8 * (k - 4))
		}
		delta = delta[1:]
	}
	if size == 0 {
		size = 0x10000
	}
	if off > int64(len(base)) || size > int64(len(base))-off {
		return nil, nil, badDelta("copies from outside its base")
	}
	return base[off : off+size], delta, nil
}
