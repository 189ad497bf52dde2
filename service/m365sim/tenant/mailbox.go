package tenant

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// mailbox is one mailbox. It is made when first opened, and worth a place in
// snapshots only once something in it changed.
type mailbox struct {
	UserID   string
	Serial   uint64
	Folders  []*Folder
	Messages []*Message
	Touched  bool
}

// Folder is a mail folder.
type Folder struct {
	ID          string `json:"id"`
	ParentID    string `json:"parent_id,omitempty"`  // "": beneath the root
	WellKnown   string `json:"well_known,omitempty"` // inbox, sentitems, …; "" for others
	DisplayName string `json:"display_name"`
	Hidden      bool   `json:"hidden"`
}

// Message is one message in a mailbox.
type Message struct {
	Key           uint64 // stable within the mailbox
	ID            string // changes when the message moves
	ImmutableID   string // does not
	FolderID      string
	Moves         int
	Received      time.Time
	Modified      time.Time
	Read, Draft   bool
	Categories    []string
	Importance    string // low, normal, high
	FlagStatus    string // notFlagged, flagged, complete
	Content       Content
	Raw           []byte // as delivered, RFC 5322
	ChangeCounter int
}

func (m *Message) copy() Message {
	c := *m
	c.Categories = slices.Clone(m.Categories)
	return c
}

// MailboxEntry is one line of a mailbox's listing.
type MailboxEntry struct {
	ID          string   `json:"id"`
	ImmutableID string   `json:"immutable_id"`
	Folder      string   `json:"folder"`
	Subject     string   `json:"subject"`
	Categories  []string `json:"categories"`
	Hidden      bool     `json:"hidden"`
}

// MailboxListing is what a mailbox holds.
type MailboxListing struct {
	UserPrincipalName string         `json:"user_principal_name"`
	Folders           []Folder       `json:"folders"`
	Messages          []MailboxEntry `json:"messages"`
}

// open finds the mailbox of a living user, by id or user principal name, and
// makes it if need be.
func (t *Tenant) open(user string) (*mailbox, *User, error) {
	u := t.user(user)
	if u == nil {
		return nil, nil, ErrNotFound
	}
	if !u.HasMailbox() {
		return nil, u, ErrNoMailbox
	}
	if b := t.boxes[u.ID]; b != nil {
		return b, u, nil
	}
	b := &mailbox{UserID: u.ID}
	for _, f := range wellKnownFolders() {
		f.ID = t.folderID(u.ID, f.WellKnown)
		b.Folders = append(b.Folders, &f)
	}
	t.seedMessages(b, u)
	t.boxes[u.ID] = b
	return b, u, nil
}

func wellKnownFolders() []Folder {
	return []Folder{
		{WellKnown: "archive", DisplayName: "Archive"},
		{WellKnown: "conversationhistory", DisplayName: "Conversation History", Hidden: true},
		{WellKnown: "deleteditems", DisplayName: "Deleted Items"},
		{WellKnown: "drafts", DisplayName: "Drafts"},
		{WellKnown: "inbox", DisplayName: "Inbox"},
		{WellKnown: "junkemail", DisplayName: "Junk Email"},
		{WellKnown: "outbox", DisplayName: "Outbox"},
		{WellKnown: "sentitems", DisplayName: "Sent Items"},
		{WellKnown: "syncissues", DisplayName: "Sync Issues", Hidden: true},
	}
}

// folderID makes an id that looks like those of Exchange.
func (t *Tenant) folderID(userID, name string) string {
	return t.exchangeID("AQMkA", "folder", userID, name)
}

// FolderRoot is the id of the folder that holds the others of a mailbox.
func (t *Tenant) FolderRoot(userID string) string { return t.folderID(userID, "msgfolderroot") }

func (t *Tenant) exchangeID(prefix, kind string, parts ...any) string {
	a, b := t.digest(kind, parts...), t.digest(kind+" 2", parts...)
	return prefix + base64.RawURLEncoding.EncodeToString(append(a[:], b[:19]...)) + "AAA="
}

// find finds a folder by id, well-known name or display name.
func (b *mailbox) find(key string) *Folder {
	for _, f := range b.Folders {
		if f.ID == key || f.WellKnown != "" && strings.EqualFold(f.WellKnown, key) || strings.EqualFold(f.DisplayName, key) {
			return f
		}
	}
	return nil
}

// mailDo runs f on a mailbox. Opening one is no change of state: it would come
// out the same each time.
func (t *Tenant) mailDo(user string, f func(*mailbox, *User) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	b, u, err := t.open(user)
	if err != nil {
		return err
	}
	return f(b, u)
}

// Folders are the mail folders of a user, by display name.
func (t *Tenant) Folders(user string) (list []Folder, err error) {
	err = t.mailDo(user, func(b *mailbox, _ *User) error {
		for _, f := range b.Folders {
			list = append(list, *f)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Folder) int { return strings.Compare(a.DisplayName, b.DisplayName) })
	return list, err
}

// Folder finds one folder by its id or well-known name.
func (t *Tenant) Folder(user, key string) (result Folder, err error) {
	err = t.mailDo(user, func(b *mailbox, _ *User) error {
		f := b.find(key)
		if f == nil || f.ID != key && !strings.EqualFold(f.WellKnown, key) {
			return ErrNoFolder
		}
		result = *f
		return nil
	})
	return result, err
}

// AddFolder makes a folder in a mailbox.
func (t *Tenant) AddFolder(user, displayName string, hidden bool) (result Folder, err error) {
	err = t.change(func(time.Time) error {
		b, u, err := t.open(user)
		if err != nil {
			return err
		}
		if b.find(displayName) != nil {
			return ErrExists
		}
		f := &Folder{ID: t.folderID(u.ID, t.nextID("folder")), DisplayName: displayName, Hidden: hidden}
		b.Folders, b.Touched = append(b.Folders, f), true
		result = *f
		return nil
	})
	return result, err
}

// Messages are the messages of a folder ("": of all), newest first.
func (t *Tenant) Messages(user, folderID string) (list []Message, err error) {
	err = t.mailDo(user, func(b *mailbox, _ *User) error {
		for _, m := range b.Messages {
			if folderID == "" || m.FolderID == folderID {
				list = append(list, m.copy())
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Message) int { return b.Received.Compare(a.Received) })
	return list, err
}

// Message finds a message by either of its ids.
func (t *Tenant) Message(user, id string) (result Message, err error) {
	err = t.mailDo(user, func(b *mailbox, _ *User) error {
		m := b.message(id)
		if m == nil {
			return ErrNotFound
		}
		result = m.copy()
		return nil
	})
	return result, err
}

func (b *mailbox) message(id string) *Message {
	for _, m := range b.Messages {
		if m.ID == id || m.ImmutableID == id {
			return m
		}
	}
	return nil
}

// EditMessage changes what may be changed of a message: Read, Categories,
// Importance, FlagStatus.
func (t *Tenant) EditMessage(user, id string, edit func(*Message)) (result Message, err error) {
	err = t.changeMessage(user, id, func(_ *mailbox, m *Message) error {
		edited := m.copy()
		edit(&edited)
		m.Read, m.Categories, m.Importance, m.FlagStatus = edited.Read, edited.Categories, edited.Importance, edited.FlagStatus
		result = m.copy()
		return nil
	})
	return result, err
}

// MoveMessage moves a message, which gives it a new id; its immutable id
// stays.
func (t *Tenant) MoveMessage(user, id, folder string) (result Message, err error) {
	err = t.changeMessage(user, id, func(b *mailbox, m *Message) error {
		f := b.find(folder)
		if f == nil {
			return ErrNoFolder
		}
		m.FolderID = f.ID
		m.Moves++
		m.ID = t.exchangeID("AAMkA", "message", b.UserID, m.Key, m.Moves)
		result = m.copy()
		return nil
	})
	return result, err
}

func (t *Tenant) changeMessage(user, id string, f func(*mailbox, *Message) error) error {
	return t.change(func(now time.Time) error {
		b, _, err := t.open(user)
		if err != nil {
			return err
		}
		m := b.message(id)
		if m == nil {
			return ErrNotFound
		}
		if err := f(b, m); err != nil {
			return err
		}
		m.Modified, b.Touched = now, true
		m.ChangeCounter++
		return nil
	})
}

// Deliver puts a message of RFC 5322 into a folder, named by its id,
// well-known name or display name.
func (t *Tenant) Deliver(user, folder string, raw []byte) (result Message, err error) {
	content, err := Parse(raw)
	if err != nil {
		return Message{}, err
	}
	err = t.change(func(now time.Time) error {
		b, _, err := t.open(user)
		if err != nil {
			return err
		}
		f := b.find(folder)
		if f == nil {
			return ErrNoFolder
		}
		result = t.put(b, f, slices.Clone(raw), content, now).copy()
		b.Touched = true
		return nil
	})
	return result, err
}

func (t *Tenant) put(b *mailbox, f *Folder, raw []byte, content Content, received time.Time) *Message {
	b.Serial++
	m := &Message{
		Key: b.Serial, FolderID: f.ID, Received: received, Modified: received, Content: content, Raw: raw,
		Importance: content.Importance, FlagStatus: "notFlagged", Draft: f.WellKnown == "drafts",
		ID:          t.exchangeID("AAMkA", "message", b.UserID, b.Serial, 0),
		ImmutableID: t.exchangeID("AAkAL", "immutable", b.UserID, b.Serial),
	}
	if m.Content.MessageID == "" {
		sum := t.digest("message id", b.UserID, b.Serial)
		m.Content.MessageID = "<" + hex.EncodeToString(sum[:12]) + "@" + domain + ">"
	}
	b.Messages = append(b.Messages, m)
	return m
}

// Mailbox lists a mailbox.
func (t *Tenant) Mailbox(user string) (result MailboxListing, err error) {
	folders, err := t.Folders(user)
	if err != nil {
		return MailboxListing{}, err
	}
	messages, err := t.Messages(user, "")
	if err != nil {
		return MailboxListing{}, err
	}
	u, _ := t.User(user)
	result = MailboxListing{UserPrincipalName: u.UserPrincipalName, Folders: folders, Messages: []MailboxEntry{}}
	byID := map[string]Folder{}
	for _, f := range folders {
		byID[f.ID] = f
	}
	for _, m := range messages {
		f := byID[m.FolderID]
		result.Messages = append(result.Messages, MailboxEntry{
			ID: m.ID, ImmutableID: m.ImmutableID, Folder: f.DisplayName, Subject: m.Content.Subject,
			Categories: append([]string{}, m.Categories...), Hidden: f.Hidden,
		})
	}
	return result, nil
}
