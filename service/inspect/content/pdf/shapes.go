package pdf

import (
	"image"
	"math"
	"slices"
)

// Bounds of the shapes of one page, and of the picture that they make.
const (
	mostPoints  = 60_000
	leastShapes = 60 // a QR code has more dark runs than this
	mostSaved   = 64
	longestSide = 1000 // pixels
	mostScale   = 8    // pixels a point of the page
	smallShape  = 60   // points: what is longer is a frame or a background
	// mostCrossings is how many edges of one path meet rows of pixels: a code
	// drawn as one path has some 40,000.
	mostCrossings = 300_000
	// mostDrawn is on how many pages of a file shapes are looked at: bait is
	// short, while each page of a report has charts.
	mostDrawn = 4
)

// shapes are what a page paints with paths: a QR code may be drawn by squares
// instead of standing there as a picture. Strokes, clips and patterns aren't
// followed.
type shapes struct {
	now    graphics
	saved  []graphics
	path   [][]point // in the page's units
	fills  []fill
	points int
	small  int
}

type point struct{ x, y float64 }

// graphics is what q saves and Q restores: PDF 32000-1, 8.4.
type graphics struct {
	matrix [6]float64
	gray   byte
}

// fill is one painted path.
type fill struct {
	path    [][]point
	gray    byte
	evenOdd bool
}

func newShapes() *shapes { return &shapes{now: graphics{matrix: [6]float64{1, 0, 0, 1, 0, 0}}} }

func (s *shapes) save() {
	if len(s.saved) < mostSaved {
		s.saved = append(s.saved, s.now)
	}
}

func (s *shapes) restore() {
	if n := len(s.saved); n > 0 {
		s.now, s.saved = s.saved[n-1], s.saved[:n-1]
	}
}

// concat puts a matrix before the current one: PDF 32000-1, 8.3.4.
func (s *shapes) concat(m [6]float64) {
	c := s.now.matrix
	s.now.matrix = [6]float64{
		m[0]*c[0] + m[1]*c[2], m[0]*c[1] + m[1]*c[3],
		m[2]*c[0] + m[3]*c[2], m[2]*c[1] + m[3]*c[3],
		m[4]*c[0] + m[5]*c[2] + c[4], m[4]*c[1] + m[5]*c[3] + c[5],
	}
}

func (s *shapes) at(x, y float64) point {
	m := s.now.matrix
	return point{x*m[0] + y*m[2] + m[4], x*m[1] + y*m[3] + m[5]}
}

func (s *shapes) move(x, y float64) {
	if s.points < mostPoints {
		s.path = append(s.path, []point{s.at(x, y)})
		s.points++
	}
}

func (s *shapes) line(x, y float64) {
	if n := len(s.path); n > 0 && s.points < mostPoints {
		s.path[n-1] = append(s.path[n-1], s.at(x, y))
		s.points++
	}
}

func (s *shapes) rectangle(x, y, w, h float64) {
	s.move(x, y)
	s.line(x+w, y)
	s.line(x+w, y+h)
	s.line(x, y+h)
}

// paint fills the path, which ends with it.
func (s *shapes) paint(evenOdd bool) {
	if len(s.path) > 0 && s.points < mostPoints {
		s.fills = append(s.fills, fill{s.path, s.now.gray, evenOdd})
		for _, sub := range s.path {
			if lo, hi := bounds(sub); hi.x-lo.x < smallShape && hi.y-lo.y < smallShape {
				s.small++
			}
		}
	}
	s.path = nil
}

// operator follows what draws paths; nums are the operands.
func (s *shapes) operator(op keyword, nums []float64) {
	n := func(i int) float64 {
		if i < len(nums) {
			return nums[i]
		}
		return 0
	}
	switch op {
	case "q":
		s.save()
	case "Q":
		s.restore()
	case "cm":
		s.concat([6]float64{n(0), n(1), n(2), n(3), n(4), n(5)})
	case "re":
		s.rectangle(n(0), n(1), n(2), n(3))
	case "m":
		s.move(n(0), n(1))
	case "l":
		s.line(n(0), n(1))
	case "c": // a curve's end says enough of a rounded square
		s.line(n(4), n(5))
	case "v", "y":
		s.line(n(2), n(3))
	case "f", "F", "b", "B":
		s.paint(false)
	case "f*", "b*", "B*":
		s.paint(true)
	case "n", "S", "s":
		s.path = nil
	case "g", "rg", "k", "sc", "scn":
		s.now.gray = grayOf(nums)
	}
}

func grayOf(nums []float64) byte {
	if k := len(nums); k != 1 && k != 3 && k != 4 {
		return 0 // a pattern: dark, as far as anybody can tell
	}
	p := make([]byte, len(nums))
	for i, v := range nums {
		p[i] = byte(255 * min(max(v, 0), 1))
	}
	return toGray(p)
}

func bounds(list []point) (lo, hi point) {
	lo, hi = point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, p := range list {
		lo, hi = point{min(lo.x, p.x), min(lo.y, p.y)}, point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	return lo, hi
}

// picture draws the part of the page where the small shapes are; nil where they
// are too few for a code.
func (s *shapes) picture() *image.Gray {
	if s.small < leastShapes {
		return nil
	}
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, f := range s.fills {
		for _, sub := range f.path {
			if a, b := bounds(sub); b.x-a.x < smallShape && b.y-a.y < smallShape {
				lo, hi = point{min(lo.x, a.x), min(lo.y, a.y)}, point{max(hi.x, b.x), max(hi.y, b.y)}
			}
		}
	}
	margin := 0.1 * max(hi.x-lo.x, hi.y-lo.y) // a code wants a quiet zone
	lo, hi = point{lo.x - margin, lo.y - margin}, point{hi.x + margin, hi.y + margin}
	side := max(hi.x-lo.x, hi.y-lo.y)
	if !(side > 0) || math.IsInf(side, 0) {
		return nil
	}
	scale := min(longestSide/side, mostScale)
	w, h := int((hi.x-lo.x)*scale)+1, int((hi.y-lo.y)*scale)+1
	if w < leastSide || h < leastSide {
		return nil
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	for _, f := range s.fills {
		f.draw(g, func(p point) point { return point{(p.x - lo.x) * scale, (hi.y - p.y) * scale} })
	}
	return g
}

// crossing is where an edge meets the middle of a row of pixels.
type crossing struct {
	x  float64
	up int
}

// draw fills the path: PDF 32000-1, 8.5.3.3.
func (f fill) draw(g *image.Gray, to func(point) point) {
	rows, crossings := make(map[int][]crossing), 0
	for _, sub := range f.path {
		for i := range sub {
			if crossings > mostCrossings {
				return
			}
			a, b := to(sub[i]), to(sub[(i+1)%len(sub)])
			up := 1
			if a.y > b.y {
				a, b, up = b, a, -1
			}
			first := max(0, int(math.Ceil(max(a.y, 0)-0.5)))
			for y := first; y < g.Rect.Dy() && float64(y)+0.5 < b.y; y++ {
				if at := float64(y) + 0.5; at >= a.y {
					rows[y] = append(rows[y], crossing{a.x + (at-a.y)/(b.y-a.y)*(b.x-a.x), up})
					crossings++
				}
			}
		}
	}
	for y, list := range rows {
		slices.SortFunc(list, func(a, b crossing) int {
			switch {
			case a.x < b.x:
				return -1
			case a.x > b.x:
				return 1
			}
			return 0
		})
		row := g.Pix[y*g.Stride : y*g.Stride+g.Rect.Dx()]
		wind := 0
		for i, c := range list[:len(list)-1] {
			wind += c.up
			if f.evenOdd && i%2 == 0 || !f.evenOdd && wind != 0 {
				from, until := pixel(c.x, len(row)), pixel(list[i+1].x, len(row))
				for x := from; x < until; x++ {
					row[x] = f.gray
				}
			}
		}
	}
}

// pixel is the first whose middle isn't left of x.
func pixel(x float64, n int) int {
	return int(min(max(math.Ceil(x-0.5), 0), float64(n)))
}
