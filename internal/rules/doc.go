// Package rules holds the tests that prove the rules of five organisations'
// published procedures, each under its own policy pack: TestK20 proves row K20 of
// docs/rules.md. It has no code of its own; that is the point.
package rules
