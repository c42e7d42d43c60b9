package view

// Authority returns what the authority is called with which a member of an
// organisation of the country complains, and its address; "" where it is not known.
func Authority(country string) (name, url string) {
	a := authorities[country]
	return a[0], a[1]
}
