// Package sqlite keeps everything that must survive in one SQLite file: the
// organization and its service accounts, notifications, settings, people,
// groups, and whom each service covers. It is the only importer of
// modernc.org/sqlite.
//
// One connection writes and four read (WAL: they don't wait for each other, and
// other processes may read too). Everything between two states is one
// transaction, so that a process killed at any moment leaves one of them. Where
// credentials or the state of a grant are recorded, the transaction reaches the
// disk before it returns (synchronous FULL); others may lose the last
// moments at a power loss, never their consistency.
//
// Every error is a *service.Error with words for people, or the context's.
package sqlite
