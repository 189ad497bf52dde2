package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"cloudappsecurity/resources"
)

func iconResource(name string) fyne.Resource {
	data, err := resources.Icon(name)
	if err != nil {
		fyne.LogError("icon missing: "+name, err)
		return theme.BrokenImageIcon()
	}
	return fyne.NewStaticResource(name+".svg", data)
}

// IconResource returns an icon of our set in a colour of the theme, for native widgets and menus.
func IconResource(name string, color fyne.ThemeColorName) fyne.Resource {
	return theme.NewColoredResource(iconResource(name), color)
}

// PictureResource returns the program's icon ("app") or one of the tray ("tray", "tray-action", "tray-offline").
func PictureResource(name string) fyne.Resource {
	data, err := resources.Picture(name)
	if err != nil {
		fyne.LogError("picture missing: "+name, err)
		return theme.BrokenImageIcon()
	}
	return fyne.NewStaticResource(name+".png", data)
}

// Icon is a square icon in a colour of the theme.
type Icon struct {
	widget.BaseWidget

	name  string
	size  float32
	color fyne.ThemeColorName
	image *canvas.Image
}

// NewIcon draws the named icon. Sizes in use: 16 in line, 18 in navigation, 20 in banners, 24 in tiles.
func NewIcon(name string, size float32, color fyne.ThemeColorName) *Icon {
	i := &Icon{name: name, size: size, color: color}
	i.image = canvas.NewImageFromResource(IconResource(name, color))
	i.image.FillMode = canvas.ImageFillContain
	i.ExtendBaseWidget(i)
	return i
}

// Set changes icon and colour.
func (i *Icon) Set(name string, color fyne.ThemeColorName) {
	if i.name == name && i.color == color {
		return
	}
	i.name, i.color = name, color
	i.image.Resource = IconResource(name, color)
	i.Refresh()
}

// Name returns the icon which is shown.
func (i *Icon) Name() string { return i.name }

// CreateRenderer implements fyne.Widget.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer { return &iconRenderer{icon: i} }

type iconRenderer struct{ icon *Icon }

func (r *iconRenderer) Destroy() {}

func (r *iconRenderer) Layout(s fyne.Size) {
	side := r.icon.size
	r.icon.image.Resize(fyne.NewSquareSize(side))
	r.icon.image.Move(fyne.NewPos((s.Width-side)/2, (s.Height-side)/2))
}

func (r *iconRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.icon.size) }

func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.icon.image} }

func (r *iconRenderer) Refresh() { r.icon.image.Refresh() }
