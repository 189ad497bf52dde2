// Package ui is the look of the program: its theme, and the few widgets which Fyne lacks or draws differently.
//
// Sizes are Fyne units on a grid of 8 with a half step of 4. Every colour is looked up by name, so that a change between
// light and dark needs nothing but a refresh. Whatever can be clicked also takes the focus, shows it by a ring,
// and answers Enter and Space; a key which a widget doesn't use goes on to the canvas (see ForwardKey).
package ui
