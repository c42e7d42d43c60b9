package gitstore

// baseCache keeps the contents of bases that were used last.
type baseCache struct {
	items map[int32][]byte
	order []int32 // oldest first
	size  int
}

// baseCacheSize is the number of bytes that a baseCache keeps, unless a single
// base is larger.
const baseCacheSize = 128 << 20 // 128 MiB

func (c *baseCache) get(i int32) ([]byte, bool) { b, ok := c.items[i]; return b, ok }

func (c *baseCache) put(i int32, b []byte) {
	if c.items == nil {
		c.items = map[int32][]byte{}
	}
	c.items[i] = b
	c.order = append(c.order, i)
	for c.size += len(b); c.size > baseCacheSize && len(c.order) > 1; {
		c.size -= len(c.items[c.order[0]])
		delete(c.items, c.order[0])
		c.order = c.order[1:]
	}
}
