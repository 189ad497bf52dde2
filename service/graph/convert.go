package graph

import (
	"errors"
	"fmt"
	"strings"

	"cloudappsecurity/service"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// mailboxPlans are the service plans which give a mailbox. The plans with
// service "exchange" are many more (Exchange Foundation comes with licences
// that have nothing to do with mail), so that the service's name says nothing;
// of a plan that is missing here, Exchange is asked.
// https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
var mailboxPlans = map[string]string{
	"9aaf7827-d63c-4b61-89c3-182f06f82e5c": "EXCHANGE_S_STANDARD",
	"efb87545-963c-4e0d-99df-69c6916d9eb0": "EXCHANGE_S_ENTERPRISE",
	"4a82b400-a79f-41a4-b4e2-e94f5787b113": "EXCHANGE_S_DESKLESS",
	"1126bef5-da20-4f07-b45e-ad25d2581aa8": "EXCHANGE_S_ESSENTIALS",
	"fc52cc4b-ed7d-472d-bbe7-b081c23ecc56": "EXCHANGE_S_STANDARD_MIDMARKET",
	"e9b4930a-925f-45e2-ac2a-3f7788ca6fdd": "EXCHANGE_S_STANDARD_GOV",
	"8c3069c0-ccdb-44be-ab77-986203a67df2": "EXCHANGE_S_ENTERPRISE_GOV",
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// givesMailbox says whether an assigned plan is one with a mailbox and in
// force. Warning is the time after a subscription ran out in which it works on.
// https://learn.microsoft.com/graph/api/resources/assignedplan
func givesMailbox(p models.AssignedPlanable) bool {
	id := p.GetServicePlanId()
	if id == nil || mailboxPlans[id.String()] == "" {
		return false
	}
	state := text(p.GetCapabilityStatus())
	return strings.EqualFold(state, "Enabled") || strings.EqualFold(state, "Warning")
}

// givesDrive says whether an assigned plan is one of SharePoint's in force. That
// somebody has one says when to ask for the drive, not that there is one.
func givesDrive(p models.AssignedPlanable) bool {
	state := text(p.GetCapabilityStatus())
	return strings.EqualFold(text(p.GetService()), "SharePoint") && (strings.EqualFold(state, "Enabled") || strings.EqualFold(state, "Warning"))
}

// personSelect names the properties that person reads.
const personSelect = "id,userPrincipalName,displayName,mail,accountEnabled,userType,assignedPlans"

func person(u models.Userable) (service.Person, error) {
	p := service.Person{
		ID:                text(u.GetId()),
		UserPrincipalName: text(u.GetUserPrincipalName()),
		DisplayName:       text(u.GetDisplayName()),
		Mail:              text(u.GetMail()),
		Enabled:           u.GetAccountEnabled() == nil || *u.GetAccountEnabled(),
		Guest:             strings.EqualFold(text(u.GetUserType()), "Guest"),
		Mailbox:           service.MailboxUnknown,
	}
	if p.ID == "" {
		return service.Person{}, errors.New("a user has no id")
	}
	for _, plan := range u.GetAssignedPlans() {
		if plan == nil {
			return service.Person{}, errors.New("an assigned plan is not an object")
		}
		p.ExchangePlan = p.ExchangePlan || givesMailbox(plan)
		p.DrivePlan = p.DrivePlan || givesDrive(plan)
	}
	switch {
	case p.Guest:
		p.Mailbox = service.MailboxNone // a guest's mail stays at home
	case p.ExchangePlan:
		p.Mailbox = service.MailboxUser
	}
	return p, nil
}

func people(users []models.Userable) ([]service.Person, error) {
	list := make([]service.Person, 0, len(users))
	for i, u := range users {
		p, err := person(u)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// groupSelect names the properties that group reads.
const groupSelect = "id,displayName,visibility"

func group(g models.Groupable) (service.Group, error) {
	id := text(g.GetId())
	if id == "" {
		return service.Group{}, errors.New("a group has no id")
	}
	return service.Group{
		ID: id, DisplayName: text(g.GetDisplayName()),
		HiddenMembers: strings.EqualFold(text(g.GetVisibility()), "HiddenMembership"),
	}, nil
}

// removal reads "@removed" of a delta's entry.
// https://learn.microsoft.com/graph/delta-query-overview#resource-representation-in-the-delta-query-response
func removal(additional map[string]any) (gone, permanent bool, err error) {
	v, ok := additional["@removed"]
	if !ok || v == nil {
		return false, false, nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return false, false, errors.New("@removed is not an object")
	}
	reason, err := textOf(object, "reason")
	return true, strings.EqualFold(reason, "deleted"), err
}

// textOf reads one property of what kiota left as it came; "" if it is absent.
func textOf(object map[string]any, name string) (string, error) {
	switch v := object[name].(type) {
	case nil:
		return "", nil
	case *string:
		return text(v), nil
	default:
		return "", fmt.Errorf("%s is not a text", name)
	}
}

func userPage(p *page[models.Userable]) (service.UserPage, error) {
	result := service.UserPage{Next: p.next, Delta: p.delta}
	for i, u := range p.items {
		gone, permanent, err := removal(u.GetAdditionalData())
		if err == nil && gone {
			if text(u.GetId()) == "" {
				return service.UserPage{}, fmt.Errorf("entry %d has no id", i)
			}
			result.Removed = append(result.Removed, service.Removal{ID: text(u.GetId()), Permanent: permanent})
			continue
		}
		var one service.Person
		if err == nil {
			one, err = person(u)
		}
		if err != nil {
			return service.UserPage{}, fmt.Errorf("entry %d: %w", i, err)
		}
		result.People = append(result.People, one)
	}
	return result, nil
}

func groupPage(p *page[models.Groupable]) (service.GroupPage, error) {
	result := service.GroupPage{Next: p.next, Delta: p.delta}
	for i, g := range p.items {
		one, err := group(g)
		if err != nil {
			return service.GroupPage{}, fmt.Errorf("entry %d: %w", i, err)
		}
		gone, permanent, err := removal(g.GetAdditionalData())
		if err != nil {
			return service.GroupPage{}, fmt.Errorf("entry %d: %w", i, err)
		}
		if gone {
			result.Removed = append(result.Removed, service.Removal{ID: one.ID, Permanent: permanent})
			continue
		}
		members, err := memberships(one.ID, g.GetAdditionalData()["members@delta"])
		if err != nil {
			return service.GroupPage{}, fmt.Errorf("entry %d: %w", i, err)
		}
		// The members of a large group come over several pages, where a later
		// entry may hold nothing else: it must not erase the name.
		if g.GetDisplayName() != nil {
			result.Groups = append(result.Groups, one)
		}
		result.Members = append(result.Members, members...)
	}
	return result, nil
}

// memberships reads "members@delta". Members other than users and groups
// (devices, contacts, service principals) have no mailbox and are left out; a
// removed one whose kind is not told is passed on.
func memberships(groupID string, v any) ([]service.Membership, error) {
	if v == nil {
		return nil, nil
	}
	entries, ok := v.([]any)
	if !ok {
		return nil, errors.New("members@delta is not a list")
	}
	list := make([]service.Membership, 0, len(entries))
	for i, entry := range entries {
		object, ok := entry.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("member %d is not an object", i)
		}
		id, err := textOf(object, "id")
		if err == nil && id == "" {
			err = errors.New("it has no id")
		}
		if err != nil {
			return nil, fmt.Errorf("member %d: %w", i, err)
		}
		kind, err := textOf(object, "@odata.type")
		if err != nil {
			return nil, fmt.Errorf("member %d: %w", i, err)
		}
		gone, _, err := removal(object)
		if err != nil {
			return nil, fmt.Errorf("member %d: %w", i, err)
		}
		m := service.Membership{GroupID: groupID, MemberID: id, Removed: gone}
		switch {
		case strings.EqualFold(kind, "#microsoft.graph.group"):
			m.IsGroup = true
		case strings.EqualFold(kind, "#microsoft.graph.user"), kind == "" && gone:
		default:
			continue
		}
		list = append(list, m)
	}
	return list, nil
}

// oneLink makes sure that a page of a delta says how it goes on.
func oneLink(next, delta string) error {
	if (next == "") == (delta == "") {
		return errors.New("the page has not exactly one of a next and a delta link")
	}
	return nil
}
