// Package cli is the command line of casctl: the same services as the desktop
// program's, without a window. Reading commands take no lock and work beside a
// running desktop program; those which write say who holds the data folder.
//
// With --json, stdout carries JSON only (snake_case; a list is one array, the
// events of a grant are one object a line); everything else goes to stderr.
package cli
