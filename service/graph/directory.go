package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Directory reads people, groups and mailboxes with a service's app-only token.
type Directory struct{ c *Client }

var _ service.Directory = (*Directory)(nil)

const (
	// deltaPage is how many entries of a delta are asked for: a page of 200
	// takes some 12 ms and 5 MB to read through the SDK's models.
	deltaPage = 200
	// listPage is likewise for members and for groups found.
	listPage = "200"
	// groupsRead and groupsShown bound a search: what is shown is the first by
	// name of what is read.
	groupsRead  = 1000
	groupsShown = 50
)

// UserByPrincipalName finds a user by the exact user principal name.
// https://learn.microsoft.com/graph/api/user-list
func (d *Directory) UserByPrincipalName(ctx context.Context, upn string) (service.Person, error) {
	const what = "looking for a user"
	p, err := readPage[models.Userable](ctx, d.c, d.c.at("/users",
		"$filter", "userPrincipalName eq "+quote(upn), "$select", personSelect),
		nil, models.CreateUserFromDiscriminatorValue)
	if err != nil {
		return service.Person{}, d.c.fail(ctx, what, err)
	}
	found, err := people(p.items)
	if err != nil {
		return service.Person{}, d.c.fail(ctx, what, err)
	}
	if len(found) == 0 {
		return service.Person{}, &service.Error{Code: service.CodeNotFound,
			Message: "There is no user with the name " + upn + ".", Help: "Check the spelling: the whole user principal name is needed."}
	}
	return found[0], nil
}

// SearchGroups finds groups by the beginning of their name. Graph sorts only
// with the advanced header, which reads a copy that lags behind: sorted here.
// https://learn.microsoft.com/graph/api/group-list
func (d *Directory) SearchGroups(ctx context.Context, prefix string) ([]service.Group, error) {
	const what = "looking for groups"
	link := d.c.at("/groups", "$filter", "startswith(displayName,"+quote(prefix)+")", "$select", groupSelect, "$top", listPage)
	var found []service.Group
	for link != "" && len(found) < groupsRead {
		p, err := readPage[models.Groupable](ctx, d.c, link, nil, models.CreateGroupFromDiscriminatorValue)
		if err != nil {
			return nil, d.c.fail(ctx, what, err)
		}
		for _, item := range p.items {
			g, err := group(item)
			if err != nil {
				return nil, d.c.fail(ctx, what, err)
			}
			found = append(found, g)
		}
		link = p.next
	}
	sortGroups(found)
	return found[:min(len(found), groupsShown)], nil
}

// sortGroups sorts by name as people do, not by bytes.
func sortGroups(groups []service.Group) {
	order := collate.New(language.Und, collate.IgnoreCase, collate.Numeric)
	slices.SortFunc(groups, func(a, b service.Group) int {
		if n := order.CompareString(a.DisplayName, b.DisplayName); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// members is the address of the users of a group, nested groups included. The
// cast to users needs the advanced header and $count.
// https://learn.microsoft.com/graph/api/group-list-transitivemembers
func members(groupID string) string {
	return "/groups/" + url.PathEscape(groupID) + "/transitiveMembers/microsoft.graph.user"
}

// GroupUserCount counts the users of a group, nested groups included.
func (d *Directory) GroupUserCount(ctx context.Context, groupID string) (int, error) {
	const what = "counting the users of a group"
	n, err := d.count(ctx, members(groupID)+"/$count")
	if err != nil && status(err) != 403 {
		return 0, d.c.fail(ctx, what, err)
	}
	if err != nil || n == 0 {
		if hidden := d.hidden(ctx, groupID); hidden != nil {
			return 0, hidden
		}
	}
	if err != nil {
		return 0, d.c.fail(ctx, what, err)
	}
	return n, nil
}

// GroupUsers gives the users of a group, nested groups included.
func (d *Directory) GroupUsers(ctx context.Context, groupID string, page func([]service.Person) error) error {
	const what = "reading the users of a group"
	link := d.c.at(members(groupID), "$select", personSelect, "$count", "true", "$top", listPage)
	some := false
	for n := 1; link != ""; n++ {
		p, err := readPage[models.Userable](ctx, d.c, link, advanced, models.CreateUserFromDiscriminatorValue)
		if err != nil {
			if status(err) == 403 && !some {
				if hidden := d.hidden(ctx, groupID); hidden != nil {
					return hidden
				}
			}
			return d.c.fail(ctx, numbered(what, n), err)
		}
		list, err := people(p.items)
		if err != nil {
			return d.c.fail(ctx, numbered(what, n), err)
		}
		if len(list) > 0 {
			some = true
			if err := page(list); err != nil {
				return err
			}
		}
		link = p.next
	}
	if !some {
		return d.hidden(ctx, groupID)
	}
	return nil
}

func numbered(what string, page int) string { return fmt.Sprintf("%s (page %d)", what, page) }

// hidden gives CodeHiddenMembers if the group's members are hidden: Graph shows
// such a group as empty without Member.Read.Hidden, which is not asked for.
// https://learn.microsoft.com/graph/permissions-reference#memberreadhidden
func (d *Directory) hidden(ctx context.Context, groupID string) error {
	const what = "reading a group"
	v, err := d.c.object(ctx, call{method: abs.GET, url: d.c.at("/groups/"+url.PathEscape(groupID), "$select", groupSelect)},
		models.CreateGroupFromDiscriminatorValue)
	if err != nil {
		return d.c.fail(ctx, what, err)
	}
	item, ok := v.(models.Groupable)
	if !ok {
		return d.c.fail(ctx, what, errNoAnswer)
	}
	g, err := group(item)
	if err != nil {
		return d.c.fail(ctx, what, err)
	}
	if !g.HiddenMembers {
		return nil
	}
	return &service.Error{Code: service.CodeHiddenMembers, Message: "The members of " + g.DisplayName + " are hidden.",
		Help: "Choose these people with By User, or choose another group."}
}

// errNoAnswer is a success without the object that belongs to it.
var errNoAnswer = errors.New("the answer is empty")

// count reads a $count, which is a bare number and may begin with a byte order
// mark. https://learn.microsoft.com/graph/aad-advanced-queries#count
func (d *Directory) count(ctx context.Context, path string) (int, error) {
	b, err := d.c.bytes(ctx, call{method: abs.GET, url: d.c.at(path), headers: map[string]string{
		headerConsistency: "eventual", "Accept": "text/plain",
	}})
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))))
	if err != nil || n < 0 {
		return 0, errors.New("the count is not a number")
	}
	return n, nil
}

// Counts gives the number of users and of groups in the directory.
// https://learn.microsoft.com/graph/api/user-list#example-4-get-only-a-count-of-users
func (d *Directory) Counts(ctx context.Context) (users, groups int, err error) {
	const what = "counting users and groups"
	if users, err = d.count(ctx, "/users/$count"); err != nil {
		return 0, 0, d.c.fail(ctx, what, err)
	}
	if groups, err = d.count(ctx, "/groups/$count"); err != nil {
		return 0, 0, d.c.fail(ctx, what, err)
	}
	return users, groups, nil
}

// preferPage asks for small pages; $top does not work on a delta.
// https://learn.microsoft.com/graph/api/user-delta
var preferPage = map[string]string{headerPrefer: "odata.maxpagesize=" + strconv.Itoa(deltaPage)}

// deltaPageOf reads one page of a delta. A link that was stored while Graph was
// at another address (another cloud, a demo that was started again) is not
// followed: the delta starts over. A link that a page brings has to stay here,
// or the page is refused before it is stored.
func deltaPageOf[T serialization.Parsable](ctx context.Context, c *Client, link string, factory serialization.ParsableFactory) (*page[T], error) {
	if u, err := url.Parse(link); err != nil || !sameOrigin(c.base, u) {
		return nil, &service.Error{Code: service.CodeResync, Message: "The list was read from another address of Microsoft 365 before.",
			Help: "Nothing was lost. It is read again.", Cause: errForeign}
	}
	p, err := readPage[T](ctx, c, link, preferPage, factory)
	if err != nil {
		return nil, err
	}
	if err := oneLink(p.next, p.delta); err != nil {
		return nil, err
	}
	if u, err := url.Parse(p.next + p.delta); err != nil || !sameOrigin(c.base, u) {
		return nil, errForeign
	}
	return p, nil
}

// Users reads one page of the users' delta. An entry carries all selected
// properties that were ever set, changed or not, since return=minimal is not
// asked for. https://learn.microsoft.com/graph/api/user-delta
func (d *Directory) Users(ctx context.Context, link string) (service.UserPage, error) {
	const what = "reading a page of the users"
	if link == "" {
		link = d.c.at("/users/delta", "$select", personSelect)
	}
	p, err := deltaPageOf[models.Userable](ctx, d.c, link, models.CreateUserFromDiscriminatorValue)
	if err != nil {
		return service.UserPage{}, d.c.fail(ctx, what, err)
	}
	result, err := userPage(p)
	if err != nil {
		return service.UserPage{}, d.c.fail(ctx, what, err)
	}
	return result, nil
}

// Groups reads one page of the groups' delta with the members of each.
// https://learn.microsoft.com/graph/api/group-delta
func (d *Directory) Groups(ctx context.Context, link string) (service.GroupPage, error) {
	const what = "reading a page of the groups"
	if link == "" {
		link = d.c.at("/groups/delta", "$select", groupSelect+",members")
	}
	p, err := deltaPageOf[models.Groupable](ctx, d.c, link, models.CreateGroupFromDiscriminatorValue)
	if err != nil {
		return service.GroupPage{}, d.c.fail(ctx, what, err)
	}
	result, err := groupPage(p)
	if err != nil {
		return service.GroupPage{}, d.c.fail(ctx, what, err)
	}
	return result, nil
}

// noMailbox says whether Exchange answered that there is no mailbox, or none in
// the cloud. Graph documents no list of these codes; this is what it answers for
// people without a licence, for mailboxes on premises and for unknown users.
func noMailbox(err error) bool {
	a := answer(err)
	return a != nil && a.is("MailboxNotEnabledForRESTAPI", "ResourceNotFound", "ErrorInvalidUser", "MailboxNotHostedInExchangeOnline")
}

// Mailbox asks Exchange for the kind of one mailbox.
// https://learn.microsoft.com/graph/api/user-get-mailboxsettings
func (d *Directory) Mailbox(ctx context.Context, userID string) (service.Mailbox, error) {
	const what = "asking for the kind of a mailbox"
	b, err := d.c.bytes(ctx, call{
		method: abs.GET, url: d.c.at("/users/" + url.PathEscape(userID) + "/mailboxSettings/userPurpose"), headers: immutable,
	})
	if noMailbox(err) {
		return service.MailboxNone, nil
	}
	if err != nil {
		return service.MailboxUnknown, d.c.fail(ctx, what, err)
	}
	var v struct{ Value *string }
	if err := json.Unmarshal(b, &v); err != nil {
		return service.MailboxUnknown, d.c.fail(ctx, what, err)
	}
	switch strings.ToLower(text(v.Value)) {
	case "shared":
		return service.MailboxShared, nil
	case "room":
		return service.MailboxRoom, nil
	case "equipment":
		return service.MailboxEquipment, nil
	case "user", "linked", "others": // mail of people, all of them
		return service.MailboxUser, nil
	default:
		return service.MailboxUnknown, nil
	}
}

// CheckMailFolders reads the mail folders of one mailbox.
// https://learn.microsoft.com/graph/api/user-list-mailfolders
func (d *Directory) CheckMailFolders(ctx context.Context, userID string) error {
	const what = "reading the mail folders of a mailbox"
	_, err := readPage[models.MailFolderable](ctx, d.c,
		d.c.at("/users/"+url.PathEscape(userID)+"/mailFolders", "$select", "id,displayName", "$top", "1"),
		immutable, models.CreateMailFolderFromDiscriminatorValue)
	if noMailbox(err) {
		return &service.Error{Code: service.CodeNoMailbox, Message: "This person has no mailbox in Exchange Online.", Cause: err}
	}
	return d.c.fail(ctx, what, err)
}
