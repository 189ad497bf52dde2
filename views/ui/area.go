package ui

import "fyne.io/fyne/v2"

// Areas are the parts of a window which F6 walks through. Each gives what takes its focus now, or nil to be passed over.
type Areas []func() fyne.Focusable

// Next gives what is to be focused after the area at index from, and that area's index; backwards where step is -1.
// It gives nil where no area takes the focus.
func (a Areas) Next(from, step int) (fyne.Focusable, int) {
	for i := 1; i <= len(a); i++ {
		index := ((from+i*step)%len(a) + len(a)) % len(a)
		if f := a[index](); f != nil {
			return f, index
		}
	}
	return nil, from
}
