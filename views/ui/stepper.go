package ui

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// StepState is where a step of a Stepper stands.
type StepState int

// The states of a step.
const (
	StepLater StepState = iota // outlined number, one line of what comes
	StepNow                    // filled number, its content is shown
	StepDone                   // green check, one line of result
)

// Step is one step of a Stepper.
type Step struct {
	Title   string
	State   StepState
	Note    string            // what comes (later), or the result beside the title (done)
	Content fyne.CanvasObject // shown while now
	Number  int               // 0 counts from the first
}

// Stepper stacks steps vertically: circles of 24 joined by a rail of 2.
type Stepper struct {
	widget.BaseWidget

	box *fyne.Container
}

// NewStepper shows the steps.
func NewStepper(steps ...Step) *Stepper {
	s := &Stepper{box: Column(0)}
	s.ExtendBaseWidget(s)
	s.SetSteps(steps...)
	return s
}

// SetSteps shows other steps, or the same in another state. Content objects may be reused.
func (s *Stepper) SetSteps(steps ...Step) {
	s.box.Objects = nil
	for i, step := range steps {
		number := step.Number
		if number == 0 {
			number = i + 1
		}
		s.box.Add(stepRow(number, step, i == len(steps)-1))
	}
	s.box.Refresh()
}

// Inside implements Holder.
func (s *Stepper) Inside() fyne.CanvasObject { return s.box }

// CreateRenderer implements fyne.Widget.
func (s *Stepper) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.box) }

func stepRow(number int, step Step, last bool) fyne.CanvasObject {
	var body *fyne.Container
	title := NewText(RoleCardTitle, ColorText, step.Title)
	bottom := float32(32)
	switch step.State {
	case StepDone:
		body = Column(0, Row(8, title, Grow(NewCut(RoleBody, ColorText3, step.Note))))
		bottom = 16
		if step.Content != nil {
			body = Column(8, title, step.Content)
		}
	case StepNow:
		body = Column(8, title)
		if step.Content != nil {
			body.Add(step.Content)
		}
	case StepLater:
		title.SetColor(ColorText2)
		body = Column(0, title, NewWrapped(RoleBody, ColorText3, step.Note))
	}
	if last {
		bottom = 0
	}
	rail := NewSurface(SurfaceStyle{Fill: ColorLine})
	if step.State == StepDone {
		rail.SetStyle(SurfaceStyle{Fill: ColorSuccess})
	}
	if last {
		rail.Hide()
	}
	return container.New(&stepLayout{bottom: bottom}, stepCircle(number, step.State), rail, body)
}

func stepCircle(number int, state StepState) fyne.CanvasObject {
	style, text := SurfaceStyle{Fill: ColorSurface, Stroke: ColorBorder, StrokeWidth: 1, Radius: 12}, fyne.ThemeColorName(ColorText2)
	if state == StepDone {
		return container.NewStack(NewSurface(SurfaceStyle{Fill: ColorSuccessSoft, Radius: 12}),
			container.NewCenter(NewIcon("checkmark", 16, ColorSuccess)))
	}
	if state == StepNow {
		style, text = SurfaceStyle{Fill: ColorPrimary, Radius: 12}, ColorOnPrimary
	}
	return container.NewStack(NewSurface(style), container.NewCenter(NewText(RoleCaptionBold, text, strconv.Itoa(number))))
}

// stepLayout puts the circle at the left, the rail below it and the body at the right.
type stepLayout struct{ bottom float32 }

func (l *stepLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[2].MinSize()
	return fyne.NewSize(40+m.Width, fyne.Max(24, m.Height)+l.bottom)
}

func (l *stepLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSquareSize(24))
	o[1].Move(fyne.NewPos(11, 28))
	o[1].Resize(fyne.NewSize(2, fyne.Max(0, s.Height-32)))
	o[2].Move(fyne.NewPos(40, 0))
	o[2].Resize(fyne.NewSize(s.Width-40, s.Height-l.bottom))
}
