package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"cloudappsecurity/service"
)

// decoder reads what a synchronization reads with nothing but net/http and
// encoding/json: the properties that are asked for, into plain structs.
type decoder struct {
	place     place
	transport *http.Transport
	source    func(context.Context) (service.Token, error)
	token     service.Secret
}

type userEntry struct {
	ID                string          `json:"id"`
	UserPrincipalName string          `json:"userPrincipalName"`
	DisplayName       string          `json:"displayName"`
	Mail              string          `json:"mail"`
	AccountEnabled    *bool           `json:"accountEnabled"`
	UserType          string          `json:"userType"`
	Removed           json.RawMessage `json:"@removed"`
	AssignedPlans     []struct {
		ServicePlanID    string `json:"servicePlanId"`
		CapabilityStatus string `json:"capabilityStatus"`
		Service          string `json:"service"`
		AssignedDateTime string `json:"assignedDateTime"`
	} `json:"assignedPlans"`
}

type groupEntry struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Visibility  string `json:"visibility"`
	Members     []struct {
		ID   string `json:"id"`
		Type string `json:"@odata.type"`
	} `json:"members@delta"`
}

type pageOf[T any] struct {
	Value []T    `json:"value"`
	Next  string `json:"@odata.nextLink"`
	Delta string `json:"@odata.deltaLink"`
}

// exchangePlan is the plan which the simulation's licences hold.
const exchangePlan = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"

func (d *decoder) all(ctx context.Context, m *meter) error {
	t := newTally()
	m.enter(service.SyncUsers)
	token, err := d.source(ctx)
	if err != nil {
		return err
	}
	d.token = token.Value
	base := d.place.Graph + "/v1.0"
	for _, path := range []string{"/users/$count", "/groups/$count"} {
		if _, err := d.get(ctx, base+path, "ConsistencyLevel", "eventual"); err != nil {
			return err
		}
	}
	for link := base + "/users/delta?$select=id,userPrincipalName,displayName,mail,accountEnabled,userType,assignedPlans"; link != ""; {
		var p pageOf[userEntry]
		if err := d.page(ctx, link, &p); err != nil {
			return err
		}
		for _, u := range p.Value {
			person := service.Person{ID: u.ID, UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, Mail: u.Mail,
				Guest: u.UserType == "Guest", Mailbox: service.MailboxUnknown}
			for _, plan := range u.AssignedPlans {
				if plan.ServicePlanID == exchangePlan && plan.CapabilityStatus == "Enabled" {
					person.Mailbox = service.MailboxUser
				}
			}
			t.person(person)
		}
		link = p.Next
	}
	m.enter(service.SyncGroups)
	for link := base + "/groups/delta?$select=id,displayName,visibility,members"; link != ""; {
		var p pageOf[groupEntry]
		if err := d.page(ctx, link, &p); err != nil {
			return err
		}
		for _, g := range p.Value {
			if g.DisplayName != "" {
				t.groups[g.ID] = true
			}
			t.members += len(g.Members)
		}
		link = p.Next
	}
	m.enter(service.SyncMailboxes)
	t.into(&m.out)
	return each(ctx, t.unknown, func(ctx context.Context, id string) error {
		body, err := d.get(ctx, base+"/users/"+id+"/mailboxSettings/userPurpose", "Prefer", `IdType="ImmutableId"`)
		if err != nil || body == nil {
			return err
		}
		var v struct{ Value string }
		return json.Unmarshal(body, &v)
	})
}

func (d *decoder) page(ctx context.Context, link string, v any) error {
	body, err := d.get(ctx, link, "Prefer", "odata.maxpagesize=200")
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// get gives a body; nil where there is no mailbox.
func (d *decoder) get(ctx context.Context, link, header, value string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+d.token.Reveal())
	r.Header.Set(header, value)
	response, err := d.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotFound && strings.Contains(string(body), "MailboxNotEnabledForRESTAPI"):
		return nil, nil
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %d %.200s", r.URL.Path, response.StatusCode, body)
	}
	return body, nil
}
