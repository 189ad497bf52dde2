package service

import (
	"fmt"
	"time"
)

// Mailbox is the kind of mailbox which a person or resource has.
type Mailbox string

// The kinds. MailboxUnknown means that it has not been asked or that Exchange
// gave no answer: such a person is listed with that reason, never left out.
const (
	MailboxUnknown   Mailbox = "unknown"
	MailboxUser      Mailbox = "user"
	MailboxShared    Mailbox = "shared"
	MailboxRoom      Mailbox = "room"
	MailboxEquipment Mailbox = "equipment"
	MailboxNone      Mailbox = "none"
)

// Person is a user object of the directory, keyed by object ID: names and
// addresses change.
type Person struct {
	ID                string // object ID
	UserPrincipalName string
	DisplayName       string
	Mail              string
	Enabled           bool // accountEnabled
	Guest             bool // userType is Guest
	ExchangePlan      bool // an assigned, enabled Exchange plan
	DrivePlan         bool // an assigned, enabled SharePoint plan, with which a drive comes at its first use
	Mailbox           Mailbox
	DriveState        DriveState
	Drive             Drive // with DrivePresent
	Removed           bool  // deleted in the directory, kept for review
	SeenAt            time.Time
}

// Name is the display name, or the user principal name where there is none.
func (p Person) Name() string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.UserPrincipalName
}

// Exclusion is why a person can't be, or isn't, a target.
type Exclusion string

// The reasons; Text gives their sentence.
const (
	ExclusionNone      Exclusion = ""
	ExclusionGuest     Exclusion = "guest"
	ExclusionNoMailbox Exclusion = "no_mailbox"
	ExclusionRoom      Exclusion = "room"
	ExclusionEquipment Exclusion = "equipment"
	ExclusionUnknown   Exclusion = "unknown_mailbox"
	ExclusionRemoved   Exclusion = "removed"
	ExclusionNotChosen Exclusion = "not_selected"
)

// TextOf is the reason among the targets of s: a site stands in no directory.
func (e Exclusion) TextOf(s Service) string {
	if e == ExclusionRemoved && s.CoversSites() {
		return "Deleted from SharePoint Online"
	}
	return e.Text()
}

// Text is the reason as the screens show it.
func (e Exclusion) Text() string {
	switch e {
	case ExclusionGuest:
		return "Guest of another organization"
	case ExclusionNoMailbox:
		return "Has no mailbox"
	case ExclusionRoom:
		return "Room: off unless chosen"
	case ExclusionEquipment:
		return "Equipment: off unless chosen"
	case ExclusionUnknown:
		return "Mailbox not known yet"
	case ExclusionRemoved:
		return "Removed from the directory"
	case ExclusionNotChosen:
		return "Not selected"
	case ExclusionNoDrive:
		return "Has no OneDrive"
	case ExclusionUnknownDrive:
		return "OneDrive not known yet"
	case ExclusionPersonal:
		return "Someone's OneDrive: covered there"
	default:
		return ""
	}
}

// Exclude says why s can't protect p; ExclusionNone if it can. Exchange Online
// goes by the mailbox, OneDrive by the drive; SharePoint Online covers sites,
// see ExcludeSite.
func Exclude(s Service, p Person, chosen bool) Exclusion {
	switch {
	case p.Removed:
		return ExclusionRemoved
	case p.Guest:
		return ExclusionGuest
	case s == OneDrive:
		return excludeDrive(p.DriveState)
	default:
		return excludeMailbox(p.Mailbox, chosen)
	}
}

func excludeDrive(d DriveState) Exclusion {
	switch d {
	case DrivePresent:
		return ExclusionNone
	case DriveNone:
		return ExclusionNoDrive
	default:
		return ExclusionUnknownDrive
	}
}

// excludeMailbox goes by the kind of mailbox. Disabled users and shared
// mailboxes receive mail and are protected. Rooms and equipment are off unless
// they were chosen by name.
func excludeMailbox(m Mailbox, chosen bool) Exclusion {
	switch {
	case m == MailboxNone:
		return ExclusionNoMailbox
	case m == MailboxRoom && !chosen:
		return ExclusionRoom
	case m == MailboxEquipment && !chosen:
		return ExclusionEquipment
	case m == MailboxUnknown || m == "":
		return ExclusionUnknown
	default:
		return ExclusionNone
	}
}

// Group is a group of the directory.
type Group struct {
	ID            string
	DisplayName   string
	HiddenMembers bool // visibility HiddenMembership: its members can't be read
}

// Origin is how a target came to be covered.
type Origin string

// The origins.
const (
	OriginEveryone Origin = "everyone"
	OriginUser     Origin = "user"
	OriginGroup    Origin = "group"
)

// Text is the origin as the screens show it; "None" for who isn't covered.
func (o Origin) Text() string {
	switch o {
	case OriginEveryone:
		return "Everyone"
	case OriginUser:
		return "By user"
	case OriginGroup:
		return "By group"
	case OriginURL:
		return "By URL"
	case OriginTitle:
		return "By title"
	default:
		return "None"
	}
}

// TargetFilter is one of the lists in which targets are reviewed.
type TargetFilter string

// The filters. Their text is that of casctl's flag.
const (
	FilterNone      TargetFilter = "" // everyone who is known, the removed too
	FilterProtected TargetFilter = "protected"
	FilterExcluded  TargetFilter = "excluded"   // in the directory and not protected, for whatever reason
	FilterNoMailbox TargetFilter = "no-mailbox" // or, with OneDrive, no drive
	FilterRemoved   TargetFilter = "removed"    // no longer in the directory
)

// TargetFilters lists the filters in the order in which screens show them.
func TargetFilters() []TargetFilter {
	return []TargetFilter{FilterNone, FilterProtected, FilterExcluded, FilterNoMailbox, FilterRemoved}
}

// ParseTargetFilter reads the text of a filter.
func ParseTargetFilter(s string) (TargetFilter, error) {
	for _, known := range TargetFilters() {
		if s == string(known) {
			return known, nil
		}
	}
	return "", fmt.Errorf("unknown filter %q: one of protected, excluded, no-mailbox, removed", s)
}

// ParseOrigin reads the text of an origin, of people or of sites.
func ParseOrigin(s string) (Origin, error) {
	switch o := Origin(s); o {
	case "", OriginEveryone, OriginUser, OriginGroup, OriginURL, OriginTitle:
		return o, nil
	default:
		return "", fmt.Errorf("unknown origin %q: one of everyone, user, group, url, title", s)
	}
}

// Target is a person as one service covers them.
type Target struct {
	Person
	Protected bool
	Reason    Exclusion // why not, when not
	Origin    Origin    // empty when not covered
	GroupID   string    // with OriginGroup
}

// Selection is one selected target with its origin.
type Selection struct {
	Person  Person
	Origin  Origin
	GroupID string
}

// Selected is what was selected for a service: sites for SharePoint Online,
// people for the others. The zero value leaves what is stored.
type Selected struct {
	People []Selection
	Sites  []SiteSelection
}

// Empty says whether nothing is selected.
func (s Selected) Empty() bool { return len(s.People) == 0 && len(s.Sites) == 0 }

// TargetCounts summarises the targets of a service: of people for Exchange
// Online and OneDrive, of sites for SharePoint Online.
type TargetCounts struct {
	Protected int // people, or site collections
	People    int // listed and not removed
	Groups    int
	NoMailbox int
	NoDrive   int
	Guests    int
	Resources int // rooms and equipment that are off
	Unknown   int // mailboxes, or drives
	SiteCounts
}

// Listed is how many could be protected at most: people, or site collections.
func (c TargetCounts) Listed() int { return c.People + c.Collections }
