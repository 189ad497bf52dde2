//go:build !windows

package main

// console: a program is given its terminal here.
func console() {}
