package graphapi

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

// driveFinder finds the document library that a path names, by the site that it
// belongs to.
type driveFinder func(r *request) (tenant.Site, *failure)

func (a *api) drive(r *request) (tenant.Site, *failure) {
	if s, found := a.Tenant.Drive(r.vars[0]); found {
		return s, nil
	}
	if !strings.HasPrefix(r.vars[0], "b!") {
		return tenant.Site{}, invalidRequest("The provided drive id appears to be malformed, or does not represent a valid drive.")
	}
	return tenant.Site{}, itemNotFound()
}

func itemNotFound() *failure {
	return fail(http.StatusNotFound, "itemNotFound", "The resource could not be found.")
}

// userDrive finds a user's OneDrive. Asking with an application's token makes
// none: "this request will automatically provision the user's drive, when using
// delegated authentication", https://learn.microsoft.com/graph/api/drive-get.
// Of shared mailboxes and rooms Graph was seen to say 403 without a word:
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/12216.
func (a *api) userDrive(r *request) (tenant.Site, *failure) {
	u, found := a.Tenant.User(r.vars[0])
	if !found {
		return tenant.Site{}, notFound(r.vars[0])
	}
	s, err := a.Tenant.PersonalSite(u.ID)
	switch {
	case err == nil:
		return s, nil
	case u.Licensed:
		return s, fail(http.StatusNotFound, "ResourceNotFound", "User's mysite not found.")
	case u.Purpose == tenant.PurposeShared || u.Purpose == tenant.PurposeRoom || u.Purpose == tenant.PurposeEquipment:
		return s, fail(http.StatusForbidden, "UnknownError", "")
	}
	return s, fail(http.StatusNotFound, "UnknownError", "404 FILE NOT FOUND")
}

// driveObject is a drive with all its properties.
func (a *api) driveObject(s tenant.Site) object {
	o := object{
		"id": s.DriveID(), "name": "Documents", "description": "", "driveType": "documentLibrary", "webUrl": s.URL() + "/Shared%20Documents",
		"createdDateTime": stamp(s.Created), "lastModifiedDateTime": stamp(s.Modified), "sharePointIds": object{"siteId": s.Collection, "webId": s.Web},
	}
	var used int64
	if root, err := a.Tenant.Item(s.DriveID(), "root"); err == nil {
		used = root.Size
	}
	const total = 1 << 40
	o["quota"] = object{"deleted": 0, "remaining": total - used, "state": "normal", "total": int64(total), "used": used}
	if s.Personal() {
		o["name"], o["driveType"], o["webUrl"] = "OneDrive", "business", s.URL()+"/Documents"
		if u, found := a.Tenant.AnyUser(s.OwnerID); found {
			o["owner"] = object{"user": object{"id": u.ID, "displayName": u.DisplayName, "email": u.Mail}}
		}
	}
	if g, found := a.Tenant.AnyGroup(s.GroupID); found {
		o["owner"] = object{"group": object{"id": g.ID, "displayName": g.DisplayName, "email": g.Mail}}
	}
	return o
}

// getDrive answers GET of a drive.
func (a *api) getDrive(find driveFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.drive
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		s, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		o := facets(e, a.driveObject(s), selected)
		o["@odata.context"] = a.context("drives" + suffix(selected) + "/$entity")
		return ok(o)
	}
}

// listDrives answers GET /sites/{site}/drives: here a site has one.
func (a *api) listDrives(r *request) (*reply, *failure) {
	e := &a.entities.drive
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	s, failed := a.site(r)
	if failed != nil {
		return nil, failed
	}
	return a.list(r, "drives"+suffix(selected), []object{facets(e, a.driveObject(s), selected)})
}

// itemObject is a file or folder with all its properties.
// https://learn.microsoft.com/graph/api/resources/driveitem
func (a *api) itemObject(s tenant.Site, i tenant.ItemInfo) object {
	driveID := s.DriveID()
	kind, library := "documentLibrary", "/Shared%20Documents"
	if s.Personal() {
		kind, library = "business", "/Documents"
	}
	parent := object{"driveId": driveID, "driveType": kind}
	if i.ParentID != "" {
		parent["id"], parent["siteId"], parent["path"] = i.ParentID, s.Collection, "/drives/"+driveID+"/root:"+i.Path
	}
	if i.Deleted {
		return object{"id": i.ID, "name": i.Name, "deleted": object{"state": "deleted"}, "parentReference": parent}
	}
	place := url.URL{Path: strings.TrimSuffix(i.Path, "/") + "/" + i.Name}
	if i.ParentID == "" {
		place.Path = ""
	}
	o := object{
		"id": i.ID, "name": i.Name, "size": i.Size, "createdDateTime": stamp(i.Created), "lastModifiedDateTime": stamp(i.Modified),
		"webUrl": s.URL() + library + place.EscapedPath(), "eTag": fmt.Sprintf(`"{%s},%d"`, i.ID, i.Edits+1),
		"cTag": fmt.Sprintf(`"c:{%s},%d"`, i.ID, i.Edits+1), "parentReference": parent,
		"fileSystemInfo": object{"createdDateTime": stamp(i.Created), "lastModifiedDateTime": stamp(i.Modified)},
	}
	switch {
	case i.ParentID == "":
		o["root"], o["folder"] = object{}, object{"childCount": i.Children}
	case i.Folder:
		o["folder"] = object{"childCount": i.Children}
	default:
		o["file"] = object{"mimeType": mediaType(i.Name), "hashes": object{"quickXorHash": quickXorHash(i.Content)}}
		o["@microsoft.graph.downloadUrl"] = a.downloadURL(driveID, i.ID)
	}
	return o
}

func mediaType(name string) string {
	known := map[string]string{".csv": "text/csv", ".txt": "text/plain", ".html": "text/html"}
	ext := strings.ToLower(path.Ext(name))
	if t := known[ext]; t != "" {
		return t
	}
	if t, _, err := mime.ParseMediaType(mime.TypeByExtension(ext)); err == nil {
		return t
	}
	return "application/octet-stream"
}

// quickXorHash is the hash by which SharePoint names content: the bytes, each
// shifted 11 bits further in 160, and the length, all combined by exclusive or.
// https://learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash
func quickXorHash(content []byte) string {
	const bits, shift = 160, 11
	var sum [bits / 8]byte
	for i, b := range content {
		at := i % bits * shift % bits
		wide := uint16(b) << (at % 8)
		sum[at/8] ^= byte(wide)
		sum[(at/8+1)%len(sum)] ^= byte(wide >> 8)
	}
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(content)))
	for i, b := range length {
		sum[len(sum)-len(length)+i] ^= b
	}
	return base64.StdEncoding.EncodeToString(sum[:])
}

// itemKey is the key of the item that a path names: "root" where it names none.
func itemKey(r *request) string {
	if len(r.vars) > 1 {
		return r.vars[1]
	}
	return "root"
}

// getItem answers GET of the root folder or of one item.
func (a *api) getItem(find driveFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.driveItem
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		s, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		i, err := a.Tenant.Item(s.DriveID(), itemKey(r))
		if err != nil {
			return nil, itemNotFound()
		}
		o := facets(e, a.itemObject(s, i), selected)
		o["@odata.context"] = a.context("drives('" + url.PathEscape(s.DriveID()) + "')/items" + suffix(selected) + "/$entity")
		return ok(o)
	}
}

// listChildren answers GET of what lies in a folder.
func (a *api) listChildren(find driveFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.driveItem
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		s, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		children, err := a.Tenant.Children(s.DriveID(), itemKey(r))
		if err != nil {
			return nil, itemNotFound()
		}
		var values []object
		for _, i := range children {
			values = append(values, facets(e, a.itemObject(s, i), selected))
		}
		return a.list(r, "drives('"+url.PathEscape(s.DriveID())+"')/items"+suffix(selected), values)
	}
}

// driveDelta answers GET of the changes beneath a root folder.
// https://learn.microsoft.com/graph/api/driveitem-delta
func (a *api) driveDelta(find driveFinder) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := &a.entities.driveItem
		s, failed := find(r)
		if failed != nil {
			return nil, failed
		}
		id := s.DriveID()
		c, resumed, failed := a.resume(r, "drive "+id, r.URL.EscapedPath())
		if failed != nil {
			return nil, failed
		}
		if !resumed {
			serial, err := a.Tenant.DriveSerial(id)
			if err != nil {
				return nil, itemNotFound()
			}
			c = cursor{Kind: "drive " + id, Selected: r.query.selected, Since: serial, Walking: true}
		}
		selected, failed := e.selection(c.Selected)
		if failed != nil {
			return nil, failed
		}
		size, failed := r.query.pageSize()
		if failed != nil {
			return nil, failed
		}
		items, more, failed := a.deltaItems(r, &c, id, size)
		if failed != nil {
			return nil, failed
		}
		var values []object
		for _, i := range items {
			values = append(values, facets(e, a.itemObject(s, i), selected))
		}
		return ok(a.tokenPage(c, r.URL.EscapedPath(), "Collection(driveItem)"+suffix(c.Selected), more, values))
	}
}

func (a *api) deltaItems(r *request, c *cursor, driveID string, size int) (items []tenant.ItemInfo, more bool, failed *failure) {
	var err error
	switch {
	case r.query.values["token"] == "latest":
	case c.emptyPage():
		more = true
	case c.Walking:
		items, c.From, err = a.Tenant.Items(driveID, c.From, size)
		more = c.From >= 0
	default:
		items, c.Since, err = a.Tenant.ChangedItems(driveID, c.Since, size)
		serial, lost := a.Tenant.DriveSerial(driveID)
		err, more = errors.Join(err, lost), c.Since < serial
	}
	if err != nil {
		return nil, false, itemNotFound()
	}
	return items, more, nil
}

// downloadLife is how long an address of content is good for.
const downloadLife = time.Hour

const downloadPath = "/_layouts/15/download.aspx"

// downloadURL is an address of a file's content that needs no token, for a
// while. https://learn.microsoft.com/graph/api/driveitem-get-content
func (a *api) downloadURL(driveID, id string) string {
	until := strconv.FormatInt(a.Now().Add(downloadLife).Unix(), 10)
	return a.BaseURL() + downloadPath + "?" + url.Values{
		"driveId": {driveID}, "itemId": {id}, "until": {until}, "tempauth": {a.permit(driveID, id, until)},
	}.Encode()
}

func (a *api) permit(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(a.sign([]byte("download " + strings.Join(parts, " "))))
}

// getContent answers GET of a file's content with the address to find it at.
func (a *api) getContent(r *request) (*reply, *failure) {
	s, failed := a.drive(r)
	if failed != nil {
		return nil, failed
	}
	i, err := a.Tenant.Item(s.DriveID(), itemKey(r))
	switch {
	case err != nil:
		return nil, itemNotFound()
	case i.Folder:
		return nil, invalidRequest("You cannot get content for a folder")
	}
	return &reply{status: http.StatusFound, header: map[string]string{"Location": a.downloadURL(s.DriveID(), i.ID)}}, nil
}

// download answers GET of an address of content, by ranges too.
func (a *api) download(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	driveID, id, until := q.Get("driveId"), q.Get("itemId"), q.Get("until")
	last, err := strconv.ParseInt(until, 10, 64)
	if err != nil || q.Get("tempauth") != a.permit(driveID, id, until) || a.Now().Unix() > last {
		http.Error(w, "401 UNAUTHORIZED", http.StatusUnauthorized)
		return
	}
	i, err := a.Tenant.Item(driveID, id)
	if err != nil {
		http.Error(w, "404 FILE NOT FOUND", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", mediaType(i.Name))
	http.ServeContent(w, r, "", i.Modified, bytes.NewReader(i.Content))
}
