package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/text/message"

	"cloudappsecurity/resources"
)

// Variant says whether the program is light or dark.
type Variant int

// The variants which Settings offers.
const (
	VariantSystem Variant = iota // as the operating system says
	VariantLight
	VariantDark
)

// Sizes of our own.
const (
	SizeFigure fyne.ThemeSizeName = "casFigure" // text size of the large figures
	SizeMotion fyne.ThemeSizeName = "casMotion" // 1 while things may move, 0 while not (see Theme.SetStill)
	SizeMono   fyne.ThemeSizeName = "casMono"   // addresses, ids, permission names
)

// Theme is the program's look. Set it with Settings().SetTheme, and again after SetVariant.
type Theme struct {
	variant             Variant
	still               bool
	numbers             *message.Printer
	colors              map[fyne.ThemeColorName]pair
	sizes               map[fyne.ThemeSizeName]float32
	regular, bold, mono fyne.Resource
	icons               map[fyne.ThemeIconName]fyne.Resource
}

var _ fyne.Theme = (*Theme)(nil)

// NewTheme builds the theme from the embedded fonts and icons.
func NewTheme(v Variant) *Theme {
	return &Theme{
		variant: v,
		numbers: systemNumbers(),
		colors:  palette(),
		sizes:   sizes(),
		regular: font("IBMPlexSans-Regular"),
		bold:    font("IBMPlexSans-SemiBold"),
		mono:    font("IBMPlexMono-Regular"),
		icons:   nativeIcons(),
	}
}

// Variant returns the choice made with NewTheme or SetVariant.
func (t *Theme) Variant() Variant { return t.variant }

// SetVariant changes between system, light and dark. Call Settings().SetTheme(t) afterwards.
func (t *Theme) SetVariant(v Variant) { t.variant = v }

// SetStill stops all motion, for instance while the window is hidden.
func (t *Theme) SetStill(still bool) { t.still = still }

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	switch t.variant {
	case VariantLight:
		v = theme.VariantLight
	case VariantDark:
		v = theme.VariantDark
	case VariantSystem:
	}
	p, ok := t.colors[name]
	if !ok {
		return theme.DefaultTheme().Color(name, v)
	}
	if v == theme.VariantDark {
		return rgba(p.dark)
	}
	return rgba(p.light)
}

// Font implements fyne.Theme. IBM Plex tells I, l, 1 and 0, O apart, which a look-alike domain needs.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return theme.DefaultTheme().Font(s)
	case s.Monospace:
		return t.mono
	case s.Bold:
		return t.bold
	default:
		return t.regular
	}
}

// Icon implements fyne.Theme: native widgets draw their icons from our set, too.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	if r, ok := t.icons[name]; ok {
		return r
	}
	return theme.DefaultTheme().Icon(name)
}

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if name == SizeMotion {
		if t.still {
			return 0
		}
		return 1
	}
	if v, ok := t.sizes[name]; ok {
		return v
	}
	return theme.DefaultTheme().Size(name)
}

func sizes() map[fyne.ThemeSizeName]float32 {
	return map[fyne.ThemeSizeName]float32{
		theme.SizeNameText:               13,
		theme.SizeNameCaptionText:        12,
		theme.SizeNameSubHeadingText:     15,
		theme.SizeNameHeadingText:        20,
		SizeFigure:                       24,
		SizeMono:                         12,
		theme.SizeNameLineSpacing:        3,
		theme.SizeNamePadding:            4,
		theme.SizeNameInnerPadding:       8,
		theme.SizeNameInlineIcon:         16,
		theme.SizeNameInputBorder:        1,
		theme.SizeNameSeparatorThickness: 1,
		theme.SizeNameSplitThickness:     1,
		theme.SizeNameScrollBar:          10,
		theme.SizeNameScrollBarSmall:     4,
		theme.SizeNameScrollBarRadius:    4,
		theme.SizeNameButtonRadius:       6,
		theme.SizeNameInputRadius:        6,
		theme.SizeNameSelectionRadius:    6,
		theme.SizeNameMenuRadius:         8,
		theme.SizeNameCardRadius:         10,
		theme.SizeNamePopupRadius:        12,
		theme.SizeNameDialogRadius:       12,
		theme.SizeNameModalBlurRadius:    0,
	}
}

func font(name string) fyne.Resource {
	data, err := resources.Font(name)
	if err != nil {
		fyne.LogError("font missing: "+name, err)
		return theme.DefaultTextFont()
	}
	return fyne.NewStaticResource(name+".ttf", data)
}

func nativeIcons() map[fyne.ThemeIconName]fyne.Resource {
	names := map[fyne.ThemeIconName]string{
		theme.IconNameCancel:         "dismiss",
		theme.IconNameConfirm:        "checkmark",
		theme.IconNameDelete:         "delete",
		theme.IconNameSearch:         "search",
		theme.IconNameContentAdd:     "add",
		theme.IconNameContentRemove:  "subtract",
		theme.IconNameContentCopy:    "copy",
		theme.IconNameContentUndo:    "arrow_undo",
		theme.IconNameInfo:           "info",
		theme.IconNameError:          "error_circle-filled",
		theme.IconNameWarning:        "warning",
		theme.IconNameQuestion:       "question_circle",
		theme.IconNameArrowDropDown:  "chevron_down",
		theme.IconNameArrowDropUp:    "chevron_up",
		theme.IconNameNavigateNext:   "chevron_right",
		theme.IconNameNavigateBack:   "chevron_left",
		theme.IconNameMoveDown:       "chevron_down",
		theme.IconNameMoveUp:         "chevron_up",
		theme.IconNameSettings:       "settings",
		theme.IconNameHome:           "home",
		theme.IconNameVisibility:     "eye",
		theme.IconNameVisibilityOff:  "eye_off",
		theme.IconNameFolder:         "folder",
		theme.IconNameFolderOpen:     "folder_open",
		theme.IconNameMoreHorizontal: "more_horizontal",
	}
	icons := make(map[fyne.ThemeIconName]fyne.Resource, len(names))
	for native, name := range names {
		icons[native] = theme.NewThemedResource(iconResource(name))
	}
	return icons
}
