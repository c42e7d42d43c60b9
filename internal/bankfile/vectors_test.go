package bankfile

// keyVectors are, for each sample, the key of its first payment and the start of the
// SHA-256 of all its keys.
var keyVectors = map[string]string{
	"ocr-giro.txt":              "9cabebe11e4bc1964ef9d86910c0e9e2 0a01379b0962dd6f",
	"bgmax.txt":                 "263f0f185dd45fbb5e72fb1549600e0a c6f533f3d1d060c7",
	"camt054-v02-no.xml":        "2275200e53caed7a9d0b07ed234bcc21 ceaa9e581f9b61e6",
	"camt053-v08-se-dk.xml":     "bf629e0b7a3ed081266fe0e0779cf38d 7e4affc5bdb339c5",
	"autogiro-payments.txt":     "2d4c5c994fc3a03c8e85605b5598c1b8 19f7d2cbfcdd6941",
	"betalingsservice-0602.txt": "7016bb141f81353bd04100112d7d1c23 4e304b23c4a97b44",
}

// transactionVectors are the same, of the key that a payment has now, where keyVectors has
// its older one.
var transactionVectors = map[string]string{
	"camt054-v02-no.xml": "3a822a115f87b07ab22a88c232184eb3 16fab604da399fcf",
}
