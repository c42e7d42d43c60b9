package reference

// seriesVectors are the payloads of counters under a key of 32 bytes 7.
var seriesVectors = map[uint64]string{
	0:          "9142484577",
	1:          "5465119425",
	2:          "9561589042",
	1000:       "8494319165",
	999999:     "2962628887",
	8999999999: "5501132657",
}
