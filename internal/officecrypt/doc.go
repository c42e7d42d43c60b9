// Package officecrypt puts a password on an Office file (.xlsx) and takes it
// off, in memory only.
//
// To protect a list that leaves the register, use [Protect] with a password from
// [GeneratePassword]. To read a list that arrived, ask [KindOf] what it is and
// give a protected one to [Open]. No other package needs to know the formats.
//
// What Protect writes is ECMA-376 agile encryption, [MS-OFFCRYPTO] 2.3.4.10 to
// 2.3.4.15, with the parameters of Excel 2013 and later: AES-256 in CBC mode, a
// key from 100,000 rounds of SHA-512, and an HMAC-SHA512 over the whole
// encrypted package, in a compound file, [MS-CFB]. Open reads that, also with
// AES-128 and AES-192, SHA-1, SHA-256 and SHA-384 (Excel 2010 wrote AES-128 and
// SHA-1), and the older standard encryption, [MS-OFFCRYPTO] 2.3.4.5 to 2.3.4.9,
// of Excel 2007, LibreOffice and excelize. Standard encryption has no check of
// integrity: a changed file may open. Agile encryption without its HMAC is
// refused, since it would make every file one whose HMAC can be cut off.
//
// It does not read what has another container or another cipher: workbooks of
// the old kind (.xls), OpenDocument's own passwords, rights management,
// certificates. Such a file is an [ErrUnsupported] that says what to do.
//
// # Passwords
//
// Excel takes a password as it was typed, as UTF-16LE, at most 255 code units,
// and does not normalise it. A keyboard gives å as one code point (NFC); text
// that was copied may hold it as two (NFD), which looks the same and is another
// password. So Protect writes the NFC form, and Open tries the password as it
// stands, then its NFC form, then its NFD form.
//
// # Limits
//
// [SizeLimit] bounds a file, [SpinLimit] the rounds that a file may ask for, and
// with it the time: a third of a second for each form of a password. The other
// bounds stand with what they bound. Nothing is allocated by a number that the
// file states before the file has been seen to be that large.
//
// # Keys in memory
//
// Derived keys are cleared after use. The password itself is a Go string, and
// crypto/aes keeps expanded keys: neither can be cleared.
//
// # What has not been tried
//
// No file of this package has been opened in Microsoft Excel, on any system, and
// none that is known to come from it is among the tests. LibreOffice 7.4,
// excelize 2.11 and msoffcrypto-tool 6.0 open what Protect writes, with the
// password and not without. The tests' foreign files come from LibreOffice and
// excelize (standard) and msoffcrypto-tool (agile). Once, by hand, Open read the
// .xlsx and the two .docx among msoffcrypto-tool's own test files, which look
// like Office's. Nobody has reviewed this package from outside.
//
// [MS-OFFCRYPTO]: https://learn.microsoft.com/openspecs/office_file_formats/ms-offcrypto
// [MS-CFB]: https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb
package officecrypt
