// Package dlp finds sensitive data in text: payment cards, bank accounts,
// national identity, tax, health and passport numbers, addresses of people and
// machines, and secrets.
//
// An identifier is a pattern, where there is one a validator (a check digit, a
// date, a register of codes), keywords which stand within 300 characters, and
// a confidence. Identifiers are data: they stand in the TOML files of the
// folder identifiers, each with a source, an example that must be found and
// counterexamples that must not. Few (addresses, links, telephone numbers) are
// read by code, which the same files name. They are called as Microsoft
// Presidio calls its entities, so that results can be compared:
// https://github.com/microsoft/presidio/blob/main/docs/supported_entities.md
//
// The package is pure: no network, no clock, no store. It does the same for the
// same text, and may be used by several goroutines at once.
package dlp
