package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// The colours which Fyne has no name for.
const (
	ColorNav         fyne.ThemeColorName = "casNav"         // navigation background
	ColorRaised      fyne.ThemeColorName = "casRaised"      // chosen segment
	ColorRowHover    fyne.ThemeColorName = "casHover"       // hovered row, opaque
	ColorText2       fyne.ThemeColorName = "casText2"       // secondary text
	ColorSuccessSoft fyne.ThemeColorName = "casSuccessSoft" // behind success
	ColorWarningSoft fyne.ThemeColorName = "casWarningSoft" // behind warning
	ColorDangerSoft  fyne.ThemeColorName = "casDangerSoft"  // behind danger
	ColorDangerLine  fyne.ThemeColorName = "casDangerLine"  // around danger-soft
	ColorNeutralSoft fyne.ThemeColorName = "casNeutralSoft" // chips, tracks
	ColorShadow1     fyne.ThemeColorName = "casShadow1"     // cards
	ColorShadow2     fyne.ThemeColorName = "casShadow2"     // popovers, raised cards
	ColorChart1      fyne.ThemeColorName = "casChart1"
	ColorChart2      fyne.ThemeColorName = "casChart2"
	ColorChart3      fyne.ThemeColorName = "casChart3"
	ColorNone        fyne.ThemeColorName = "casNone" // transparent
)

// Fyne's names under the words of our design.
const (
	ColorBackground  = theme.ColorNameBackground
	ColorSurface     = theme.ColorNameOverlayBackground
	ColorInset       = theme.ColorNameHeaderBackground
	ColorLine        = theme.ColorNameSeparator
	ColorBorder      = theme.ColorNameInputBorder
	ColorText        = theme.ColorNameForeground
	ColorText3       = theme.ColorNamePlaceHolder
	ColorDisabled    = theme.ColorNameDisabled
	ColorPrimary     = theme.ColorNamePrimary
	ColorOnPrimary   = theme.ColorNameForegroundOnPrimary
	ColorPrimarySoft = theme.ColorNameSelection
	ColorLink        = theme.ColorNameHyperlink
	ColorSuccess     = theme.ColorNameSuccess
	ColorWarning     = theme.ColorNameWarning
	ColorDanger      = theme.ColorNameError
	ColorOnDanger    = theme.ColorNameForegroundOnError
)

type pair struct{ light, dark uint32 } // RRGGBBAA

func palette() map[fyne.ThemeColorName]pair {
	return map[fyne.ThemeColorName]pair{
		theme.ColorNameBackground:          {0xF5F6F8FF, 0x14171CFF},
		theme.ColorNameOverlayBackground:   {0xFFFFFFFF, 0x1C2027FF},
		theme.ColorNameMenuBackground:      {0xFFFFFFFF, 0x1C2027FF},
		theme.ColorNameInputBackground:     {0xFFFFFFFF, 0x1C2027FF},
		theme.ColorNameHeaderBackground:    {0xF8F9FBFF, 0x20252DFF},
		theme.ColorNameDisabledButton:      {0xF8F9FBFF, 0x20252DFF},
		theme.ColorNameHover:               {0x1018280F, 0xFFFFFF12},
		theme.ColorNamePressed:             {0x10182824, 0xFFFFFF24},
		theme.ColorNameSeparator:           {0xE1E5EAFF, 0x2D333DFF},
		theme.ColorNameInputBorder:         {0x848D9BFF, 0x737D8CFF},
		theme.ColorNameScrollBar:           {0x848D9B80, 0x737D8C80},
		theme.ColorNameScrollBarBackground: {0x00000000, 0x00000000},
		theme.ColorNameForeground:          {0x1A202BFF, 0xE9ECF1FF},
		theme.ColorNamePlaceHolder:         {0x5C6676FF, 0x98A2B1FF},
		theme.ColorNameDisabled:            {0x858E9CFF, 0x6B7482FF},
		theme.ColorNamePrimary:             {0x1F5FCCFF, 0x7DAEFFFF},
		theme.ColorNameForegroundOnPrimary: {0xFFFFFFFF, 0x0B1A33FF},
		theme.ColorNameSelection:           {0xE6EEFBFF, 0x1B2C4AFF},
		theme.ColorNameFocus:               {0x1F5FCC40, 0x7DAEFF40},
		theme.ColorNameHyperlink:           {0x1A56BDFF, 0x8FB9FFFF},
		theme.ColorNameSuccess:             {0x136B3CFF, 0x6BD39BFF},
		theme.ColorNameForegroundOnSuccess: {0xFFFFFFFF, 0x1C2027FF},
		theme.ColorNameWarning:             {0x835000FF, 0xEDBB5AFF},
		theme.ColorNameForegroundOnWarning: {0xFFFFFFFF, 0x1C2027FF},
		theme.ColorNameError:               {0xB3241FFF, 0xFF9389FF},
		theme.ColorNameForegroundOnError:   {0xFFFFFFFF, 0x1C2027FF},
		theme.ColorNameButton:              {0xE9ECF1FF, 0x2A303AFF},
		theme.ColorNameShadow:              {0x1018282E, 0x0000008F},

		ColorNav:         {0xECEEF2FF, 0x0F1216FF},
		ColorRaised:      {0xFFFFFFFF, 0x414A57FF},
		ColorRowHover:    {0xEEF1F5FF, 0x262C35FF},
		ColorText2:       {0x495262FF, 0xB6BECAFF},
		ColorSuccessSoft: {0xE1F3E8FF, 0x15301FFF},
		ColorWarningSoft: {0xFBF0D8FF, 0x33280FFF},
		ColorDangerSoft:  {0xFDECEAFF, 0x3B1D1DFF},
		ColorDangerLine:  {0xF0C3BFFF, 0x63302DFF},
		ColorNeutralSoft: {0xE9ECF1FF, 0x2A303AFF},
		ColorShadow1:     {0x10182814, 0x00000052},
		ColorShadow2:     {0x1018282E, 0x0000008F},
		ColorChart1:      {0x4A82E4FF, 0x6C9EF5FF},
		ColorChart2:      {0x0F8F83FF, 0x3DB8ABFF},
		ColorChart3:      {0x22335CFF, 0xD5DCECFF},
		ColorNone:        {0x00000000, 0x00000000},
	}
}

func rgba(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 24), G: uint8(v >> 16), B: uint8(v >> 8), A: uint8(v)}
}
