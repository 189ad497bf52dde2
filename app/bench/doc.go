// Package bench measures the program against what it can't be better than: a
// synchronization against merely paging the same data, the desktop program
// against a bare window. "make bench" runs it, without -race, and prints tables
// of medians for the README.
//
// The simulated Microsoft 365, each client and each window is a process of its
// own: the test binary again, told by its environment which part to play
// (main_linux_test.go), or the programs themselves. Variants take turns, so that
// whatever else the machine does meets all of them alike, and CPU time stands
// beside wall time.
package bench
