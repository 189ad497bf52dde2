package tenant

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"
)

// drive is the document library of a site. It is made when first opened, and
// worth a place in snapshots only once something in it changed.
type drive struct {
	ID      string
	Keys    uint64 // of items made
	Items   []*Item
	Log     []string // ids of items in the order of their changes
	Touched bool
}

// Item is a file or a folder of a drive.
type Item struct {
	ID       string
	ParentID string // "" for the root folder
	Name     string
	Folder   bool
	Content  []byte `json:",omitempty"`
	Created  time.Time
	Modified time.Time
	Deleted  bool
	Changed  uint64 // place in the drive's log, 0: as seeded
	Edits    int
}

// Drive finds the site whose document library has that id.
func (t *Tenant) Drive(id string) (Site, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if s := t.sites.drives[id]; s != nil && s.Deleted.IsZero() {
		return *s, true
	}
	return Site{}, false
}

// library gives the drive with that id, made if need be.
func (t *Tenant) library(id string) (*drive, error) {
	s := t.sites.drives[id]
	if s == nil || !s.Deleted.IsZero() {
		return nil, ErrNoDrive
	}
	if d := t.sites.files[id]; d != nil {
		return d, nil
	}
	d := &drive{ID: id}
	root := t.newItem(d, Item{Name: "root", Folder: true, Created: s.Created, Modified: s.Created})
	if s.Path != "" {
		t.seedFiles(d, root, s)
	}
	t.sites.files[id] = d
	return d, nil
}

func (t *Tenant) newItem(d *drive, i Item) *Item {
	d.Keys++
	sum := t.digest("item", d.ID, d.Keys)
	i.ID = "01" + base32.StdEncoding.EncodeToString(sum[:20])
	d.Items = append(d.Items, &i)
	return &i
}

// seedFiles puts a few files into a drive. They follow from the seed and the
// drive alone.
func (t *Tenant) seedFiles(d *drive, root *Item, s *Site) {
	documents := t.newItem(d, Item{ParentID: root.ID, Name: "Documents", Folder: true, Created: s.Created, Modified: s.Created})
	for i, f := range []struct {
		parent        *Item
		name, content string
	}{
		{root, "Rota.csv", "day,from,to\nMonday,04:00,12:00\nTuesday,04:00,12:00\n"},
		{root, "Läs mig.txt", "Everything that is older than a year goes to the archive.\n"},
		{documents, "Price list.html", "<!doctype html><title>Prices</title><p>Rye bread 42, croissant 24</p>\n"},
		{documents, "注文.csv", "shop,bread\n東京,120\n"},
	} {
		when := s.Created.Add(time.Duration(t.hash("file", d.ID, i)%(200*24)) * time.Hour)
		t.newItem(d, Item{ParentID: f.parent.ID, Name: f.name, Content: []byte(f.content), Created: when, Modified: when})
	}
}

func (d *drive) find(id string) *Item {
	for _, i := range d.Items {
		if i.ID == id || id == "root" && i.ParentID == "" {
			return i
		}
	}
	return nil
}

func (d *drive) child(parentID, name string) *Item {
	for _, i := range d.Items {
		if i.ParentID == parentID && !i.Deleted && strings.EqualFold(i.Name, name) {
			return i
		}
	}
	return nil
}

// size of a file, or of all that is in a folder.
func (d *drive) size(i *Item) (size int64) {
	if !i.Folder {
		return int64(len(i.Content))
	}
	for _, c := range d.Items {
		if c.ParentID == i.ID && !c.Deleted {
			size += d.size(c)
		}
	}
	return size
}

// ItemInfo is an item with what follows from the others.
type ItemInfo struct {
	Item
	Size     int64
	Children int    // of a folder
	Path     string // of the folder it lies in, beneath the root; "" for the root and what lies right in it
}

func (d *drive) info(i *Item) ItemInfo {
	info := ItemInfo{Item: *i, Size: d.size(i)}
	for _, c := range d.Items {
		if c.ParentID == i.ID && !c.Deleted {
			info.Children++
		}
	}
	for p := d.find(i.ParentID); p != nil && p.ParentID != ""; p = d.find(p.ParentID) {
		info.Path = "/" + p.Name + info.Path
	}
	return info
}

// opened runs f with a drive that is read, and perhaps made, under the lock.
func (t *Tenant) opened(driveID string, f func(*drive) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.library(driveID)
	if err != nil {
		return err
	}
	return f(d)
}

// Item finds a living item; "root" is the root folder.
func (t *Tenant) Item(driveID, id string) (info ItemInfo, err error) {
	err = t.opened(driveID, func(d *drive) error {
		i := d.find(id)
		if i == nil || i.Deleted {
			return ErrNotFound
		}
		info = d.info(i)
		return nil
	})
	return info, err
}

// Children are what lies in a folder.
func (t *Tenant) Children(driveID, id string) (list []ItemInfo, err error) {
	err = t.opened(driveID, func(d *drive) error {
		folder := d.find(id)
		if folder == nil || folder.Deleted {
			return ErrNotFound
		}
		for _, i := range d.Items {
			if i.ParentID == folder.ID && !i.Deleted {
				list = append(list, d.info(i))
			}
		}
		return nil
	})
	return list, err
}

// DriveSerial is how many changes a drive has seen.
func (t *Tenant) DriveSerial(driveID string) (serial uint64, err error) {
	err = t.opened(driveID, func(d *drive) error {
		serial = uint64(len(d.Log))
		return nil
	})
	return serial, err
}

// Items returns up to limit living items of a drive from a place in the order
// of their creation, and the place after them; -1 if there are no more.
func (t *Tenant) Items(driveID string, from, limit int) (list []ItemInfo, next int, err error) {
	next = -1
	err = t.opened(driveID, func(d *drive) error {
		for i := max(from, 0); i < len(d.Items); i++ {
			if d.Items[i].Deleted {
				continue
			}
			if len(list) == limit {
				next = i
				return nil
			}
			list = append(list, d.info(d.Items[i]))
		}
		return nil
	})
	return list, next, err
}

// ChangedItems returns up to limit items whose last change lies after a serial,
// deleted ones included, and the serial up to which that tells everything.
func (t *Tenant) ChangedItems(driveID string, after uint64, limit int) (list []ItemInfo, serial uint64, err error) {
	err = t.opened(driveID, func(d *drive) error {
		for serial = after; serial < uint64(len(d.Log)); serial++ {
			i := d.find(d.Log[serial])
			if i == nil || i.Changed != serial+1 {
				continue // it comes later
			}
			if len(list) == limit {
				return nil
			}
			list = append(list, d.info(i))
		}
		return nil
	})
	return list, serial, err
}

func (t *Tenant) changeDrive(driveID string, f func(*drive, time.Time) (*Item, error)) (info ItemInfo, err error) {
	err = t.change(func(now time.Time) error {
		d, err := t.library(driveID)
		if err != nil {
			return err
		}
		i, err := f(d, now)
		if err != nil {
			return err
		}
		i.Edits++
		d.touch(i)
		info = d.info(i)
		return nil
	})
	return info, err
}

// touch logs that an item changed.
func (d *drive) touch(i *Item) {
	d.Touched = true
	d.Log = append(d.Log, i.ID)
	i.Changed = uint64(len(d.Log))
}

// PutFile writes a file; folders on its path are made.
func (t *Tenant) PutFile(driveID, path string, content []byte) (ItemInfo, error) {
	return t.changeDrive(driveID, func(d *drive, now time.Time) (*Item, error) {
		parts := strings.Split(strings.Trim(path, "/"), "/")
		parent := d.find("root")
		for _, name := range parts[:len(parts)-1] {
			folder := d.child(parent.ID, name)
			if folder == nil {
				folder = t.newItem(d, Item{ParentID: parent.ID, Name: name, Folder: true, Created: now, Modified: now})
				d.touch(folder)
			}
			parent = folder
		}
		name := parts[len(parts)-1]
		i := d.child(parent.ID, name)
		switch {
		case name == "" || i != nil && i.Folder:
			return nil, ErrExists
		case i == nil:
			i = t.newItem(d, Item{ParentID: parent.ID, Name: name, Created: now})
		}
		i.Content, i.Modified = slices.Clone(content), now
		return i, nil
	})
}

// RenameItem changes the name of a file or folder.
func (t *Tenant) RenameItem(driveID, id, name string) error {
	_, err := t.changeDrive(driveID, func(d *drive, now time.Time) (*Item, error) {
		i := d.find(id)
		switch {
		case i == nil || i.Deleted || i.ParentID == "":
			return nil, ErrNotFound
		case d.child(i.ParentID, name) != nil:
			return nil, fmt.Errorf("%w: %s", ErrExists, name)
		}
		i.Name, i.Modified = name, now
		return i, nil
	})
	return err
}

// DeleteItem deletes a file, or a folder with what is in it.
func (t *Tenant) DeleteItem(driveID, id string) error {
	_, err := t.changeDrive(driveID, func(d *drive, _ time.Time) (*Item, error) {
		i := d.find(id)
		if i == nil || i.Deleted || i.ParentID == "" {
			return nil, ErrNotFound
		}
		d.remove(i)
		return i, nil
	})
	return err
}

func (d *drive) remove(i *Item) {
	i.Deleted, i.Content = true, nil
	for _, c := range d.Items {
		if c.ParentID == i.ID && !c.Deleted {
			d.remove(c)
			d.touch(c)
		}
	}
}
