package graph

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

const (
	standardPlan   = `{"assignedDateTime":"2025-01-01T00:00:00Z","capabilityStatus":"Enabled","service":"exchange","servicePlanId":"9aaf7827-d63c-4b61-89c3-182f06f82e5c"}`
	foundationPlan = `{"capabilityStatus":"Enabled","service":"exchange","servicePlanId":"113feb6c-3fe4-4440-bddc-54d774bf0318"}`
	deletedPlan    = `{"capabilityStatus":"Deleted","service":"exchange","servicePlanId":"9aaf7827-d63c-4b61-89c3-182f06f82e5c"}`
	groupsDelta    = "/v1.0/groups/delta?$select=" + groupSelect + ",members"
)

func TestUserByPrincipalName(t *testing.T) {
	t.Parallel()
	find := func(upn string) string {
		return "/v1.0/users?$filter=userPrincipalName eq '" + upn + "'&$select=" + personSelect
	}
	tests := []struct {
		name, upn string
		stub      func(*fake)
		want      service.Person
		code      service.Code
	}{
		{"with a plan", "o'hara+x@contoso.com", func(f *fake) {
			f.on("GET", find("o''hara+x@contoso.com"), 200, `{"value":[{"id":"u1","userPrincipalName":"o'hara+x@contoso.com","displayName":"O'Hara","mail":"o@contoso.com","accountEnabled":true,"userType":"Member","assignedPlans":[`+foundationPlan+`,`+standardPlan+`]}]}`)
		}, service.Person{ID: "u1", UserPrincipalName: "o'hara+x@contoso.com", DisplayName: "O'Hara", Mail: "o@contoso.com", Enabled: true, ExchangePlan: true, Mailbox: service.MailboxUser}, ""},
		{"a guest", "g_x.com#EXT#@contoso.com", func(f *fake) {
			f.on("GET", find("g_x.com#EXT#@contoso.com"), 200, `{"value":[{"id":"u1","userType":"Guest","accountEnabled":false}]}`)
		}, service.Person{ID: "u1", Guest: true, Mailbox: service.MailboxNone}, ""},
		{"without a plan", "info@contoso.com", func(f *fake) {
			f.on("GET", find("info@contoso.com"), 200, `{"value":[{"id":"u1","accountEnabled":false,"assignedPlans":[`+foundationPlan+`,`+deletedPlan+`]}]}`)
		}, service.Person{ID: "u1", Mailbox: service.MailboxUnknown}, ""},
		{"unknown", "x@contoso.com", func(f *fake) {
			f.on("GET", find("x@contoso.com"), 200, `{"value":[]}`)
		}, service.Person{}, service.CodeNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			tt.stub(f)
			got, err := f.client().Directory().UserByPrincipalName(t.Context(), tt.upn)
			wantCode(t, err, tt.code)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestQueryIsEscaped(t *testing.T) {
	t.Parallel()
	c := newFake(t).client()
	got := c.at("/users", "$filter", "userPrincipalName eq "+quote("a'b+c&d=e#EXT#ü%@x"), "$select", "id,mail")
	want := fakeBase + "/v1.0/users?$filter=userPrincipalName%20eq%20'a''b%2Bc%26d%3De%23EXT%23%C3%BC%25%40x'&$select=id,mail"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSearchGroups(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var second strings.Builder
	for i := range 60 {
		fmt.Fprintf(&second, `,{"id":"z%02d","displayName":"Zeta %d"}`, i, i)
	}
	f.on("GET", "/v1.0/groups?$filter=startswith(displayName,'o''h')&$select=id,displayName,visibility&$top=200", 200,
		`{"value":[{"id":"2","displayName":"Öl"},{"id":"3","displayName":"zebra","visibility":"HiddenMembership"}],"@odata.nextLink":"`+fakeBase+`/v1.0/groups?$skiptoken=2"}`)
	f.on("GET", "/v1.0/groups?$skiptoken=2", 200, `{"value":[{"id":"1","displayName":"alpha","visibility":"Private"}`+second.String()+`]}`)
	got, err := f.client().Directory().SearchGroups(t.Context(), "o'h")
	if err != nil || len(got) != 50 {
		t.Fatal(len(got), err)
	}
	want := []service.Group{{ID: "1", DisplayName: "alpha"}, {ID: "2", DisplayName: "Öl"}, {ID: "3", DisplayName: "zebra", HiddenMembers: true}}
	if d := cmp.Diff(want, got[:3]); d != "" {
		t.Error(d)
	}
	if got[5].DisplayName != "Zeta 2" {
		t.Errorf("numbers are not sorted as people do: %v", got[3:15])
	}
	for _, r := range f.requests() {
		if r.header.Get("ConsistencyLevel") != "" {
			t.Error("the advanced header was sent")
		}
	}
}

func TestGroupUsers(t *testing.T) {
	t.Parallel()
	const (
		path  = "/v1.0/groups/g1/transitiveMembers/microsoft.graph.user"
		first = path + "?$select=" + personSelect + "&$count=true&$top=200"
		next  = path + "?$skiptoken=2"
		about = "/v1.0/groups/g1?$select=id,displayName,visibility"
	)
	page1 := `{"@odata.count":2,"value":[{"id":"u1","assignedPlans":[` + standardPlan + `]}],"@odata.nextLink":"` + fakeBase + next + `"}`
	tests := []struct {
		name string
		stub func(*fake)
		want []string
		code service.Code
	}{
		{"two pages", func(f *fake) {
			f.on("GET", first, 200, page1)
			f.on("GET", next, 200, `{"value":[{"id":"u2"}]}`)
		}, []string{"u1 user", "u2 unknown"}, ""},
		{"hidden", func(f *fake) {
			f.on("GET", first, 200, `{"value":[]}`)
			f.on("GET", about, 200, `{"id":"g1","displayName":"Board","visibility":"HiddenMembership"}`)
		}, nil, service.CodeHiddenMembers},
		{"hidden, refused", func(f *fake) {
			f.on("GET", first, 403, graphError("Authorization_RequestDenied", ""))
			f.on("GET", about, 200, `{"id":"g1","displayName":"Board","visibility":"HiddenMembership"}`)
		}, nil, service.CodeHiddenMembers},
		{"refused", func(f *fake) {
			f.on("GET", first, 403, graphError("Authorization_RequestDenied", ""))
			f.on("GET", about, 200, `{"id":"g1","displayName":"Board"}`)
		}, nil, service.CodeForbidden},
		{"empty", func(f *fake) {
			f.on("GET", first, 200, `{"value":[]}`)
			f.on("GET", about, 200, `{"id":"g1","displayName":"Board","visibility":"Private"}`)
		}, nil, ""},
		{"a wrong entry on the second page", func(f *fake) {
			f.on("GET", first, 200, page1)
			f.on("GET", next, 200, `{"value":[{"id":"u2"},{"id":"u3","displayName":7}]}`)
		}, []string{"u1 user"}, service.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			tt.stub(f)
			var got []string
			err := f.client().Directory().GroupUsers(t.Context(), "g1", func(list []service.Person) error {
				for _, p := range list {
					got = append(got, p.ID+" "+string(p.Mailbox))
				}
				return nil
			})
			e := wantCode(t, err, tt.code)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if tt.code == service.CodeInternal && !strings.Contains(e.Message, "page 2") {
				t.Errorf("the page isn't named: %s", e.Message)
			}
			for _, r := range f.requests() {
				if strings.Contains(r.target, "transitiveMembers") && r.header.Get("ConsistencyLevel") != "eventual" {
					t.Errorf("%s went without the advanced header", r.target)
				}
			}
		})
	}
	t.Run("stopped by the caller", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.on("GET", first, 200, page1)
		stop := errors.New("stop")
		if err := f.client().Directory().GroupUsers(t.Context(), "g1", func([]service.Person) error { return stop }); !errors.Is(err, stop) {
			t.Error(err)
		}
	})
}

func TestCounts(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET", "/v1.0/users/$count", 200, "\xef\xbb\xbf60", "Content-Type", "text/plain")
	f.on("GET", "/v1.0/groups/$count", 200, "12", "Content-Type", "text/plain")
	f.on("GET", "/v1.0/groups/g1/transitiveMembers/microsoft.graph.user/$count", 200, "5000", "Content-Type", "text/plain")
	f.on("GET", "/v1.0/groups/g2/transitiveMembers/microsoft.graph.user/$count", 200, "0", "Content-Type", "text/plain")
	f.on("GET", "/v1.0/groups/g2?$select=id,displayName,visibility", 200, `{"id":"g2","displayName":"Board","visibility":"HiddenMembership"}`)
	f.on("GET", "/v1.0/users/$count", 200, "many", "Content-Type", "text/plain")
	d := f.client().Directory()
	users, groups, err := d.Counts(t.Context())
	if err != nil || users != 60 || groups != 12 {
		t.Errorf("%d, %d, %v", users, groups, err)
	}
	if n, err := d.GroupUserCount(t.Context(), "g1"); err != nil || n != 5000 {
		t.Errorf("%d, %v", n, err)
	}
	_, err = d.GroupUserCount(t.Context(), "g2")
	wantCode(t, err, service.CodeHiddenMembers)
	_, _, err = d.Counts(t.Context())
	wantCode(t, err, service.CodeInternal)
	for _, r := range f.requests() {
		if strings.HasSuffix(r.target, "$count") && r.header.Get("ConsistencyLevel") != "eventual" {
			t.Errorf("%s went without the advanced header", r.target)
		}
	}
}

func TestUsersDelta(t *testing.T) {
	t.Parallel()
	const next = "/v1.0/users/delta?$skiptoken=a%2Bb"
	f := newFake(t)
	f.on("GET", usersDelta, 200, `{"@odata.context":"x","value":[
		{"id":"u1","userPrincipalName":"a@x","displayName":"A","accountEnabled":true,"assignedPlans":[`+standardPlan+`]},
		{"id":"u2","userPrincipalName":"b@x","accountEnabled":false,"assignedPlans":[],"newProperty":{"a":[1,null,"x"]}},
		{"id":"u3","@removed":{"reason":"changed"}},{"id":"u4","@removed":{"reason":"deleted"}}],"@odata.nextLink":"`+fakeBase+next+`"}`)
	f.on("GET", "/v1.0/users/delta?$skiptoken=a+b", 200, emptyDelta())
	d := f.client().Directory()
	got, err := d.Users(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := service.UserPage{
		People: []service.Person{
			{ID: "u1", UserPrincipalName: "a@x", DisplayName: "A", Enabled: true, ExchangePlan: true, Mailbox: service.MailboxUser},
			{ID: "u2", UserPrincipalName: "b@x", Mailbox: service.MailboxUnknown},
		},
		Removed: []service.Removal{{ID: "u3"}, {ID: "u4", Permanent: true}},
		Next:    fakeBase + next,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got, err = d.Users(t.Context(), got.Next)
	if d := cmp.Diff(service.UserPage{Delta: fakeBase + "/v1.0/users/delta?$deltatoken=1"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	for _, r := range f.requests() {
		if r.header.Get("Prefer") != "odata.maxpagesize=200" {
			t.Errorf("%s: Prefer %q", r.target, r.header.Get("Prefer"))
		}
	}
}

func TestGroupsDelta(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET", groupsDelta, 200, `{"value":[
		{"id":"g1","displayName":"Sales","visibility":"Public","members@delta":[
			{"@odata.type":"#microsoft.graph.user","id":"u1"},{"@odata.type":"#microsoft.graph.group","id":"g2"},
			{"@odata.type":"#microsoft.graph.device","id":"d1"},{"@odata.type":"#microsoft.graph.user","id":"u2","@removed":{"reason":"deleted"}}]},
		{"id":"g1","members@delta":[{"@odata.type":"#microsoft.graph.user","id":"u3"}]},
		{"id":"g2","displayName":"Board","visibility":"HiddenMembership"},
		{"id":"g3","@removed":{"reason":"changed"}}],"@odata.deltaLink":"`+fakeBase+`/v1.0/groups/delta?$deltatoken=1"}`)
	got, err := f.client().Directory().Groups(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := service.GroupPage{
		Groups: []service.Group{{ID: "g1", DisplayName: "Sales"}, {ID: "g2", DisplayName: "Board", HiddenMembers: true}},
		Members: []service.Membership{
			{GroupID: "g1", MemberID: "u1"}, {GroupID: "g1", MemberID: "g2", IsGroup: true},
			{GroupID: "g1", MemberID: "u2", Removed: true}, {GroupID: "g1", MemberID: "u3"},
		},
		Removed: []service.Removal{{ID: "g3"}},
		Delta:   fakeBase + "/v1.0/groups/delta?$deltatoken=1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A page is read whole or not at all.
func TestWrongPagesAreRefused(t *testing.T) {
	t.Parallel()
	const end = `,"@odata.deltaLink":"https://graph.example/d"`
	users := []string{
		`{"value":[{"id":"u1"},{"id":7}]` + end + `}`, `{"value":[{"id":"u1","accountEnabled":"yes"}]` + end + `}`,
		`{"value":[{"id":"u1"},null]` + end + `}`, `{"value":[{"id":"u1"},7]` + end + `}`, `{"value":[{"displayName":"x"}]` + end + `}`,
		`{"value":[{"id":"u1","assignedPlans":[null]}]` + end + `}`, `{"value":[{"id":"u1","assignedPlans":"x"}]` + end + `}`,
		`{"value":[{"id":"u1","@removed":"x"}]` + end + `}`, `{"value":{}` + end + `}`, `{"value":null` + end + `}`, `{"x":1` + end + `}`,
		`{"value":[]}`, `{"value":[],"@odata.nextLink":"https://graph.example/n"` + end + `}`, `{"value":[],"@odata.deltaLink":7}`,
		`{"value":[{"id":"u1"}`, ``, `[]`, `7`,
	}
	for _, body := range users {
		f := newFake(t)
		f.on("GET", usersDelta, 200, body)
		got, err := f.client().Directory().Users(t.Context(), "")
		if service.CodeOf(err) != service.CodeInternal || !strings.Contains(err.Error(), "page") {
			t.Errorf("%s: %v", body, err)
		}
		if d := cmp.Diff(service.UserPage{}, got); d != "" {
			t.Errorf("%s: half a page: %s", body, d)
		}
	}
	for _, members := range []string{`7`, `[7]`, `[{"id":7}]`, `[{}]`, `[{"id":"u","@odata.type":7}]`, `[{"id":"u","@removed":7}]`, `{}`} {
		f := newFake(t)
		f.on("GET", groupsDelta, 200, `{"value":[{"id":"g0","displayName":"x"},{"id":"g1","members@delta":`+members+`}]`+end+`}`)
		got, err := f.client().Directory().Groups(t.Context(), "")
		if service.CodeOf(err) != service.CodeInternal {
			t.Errorf("%s: %v", members, err)
		}
		if d := cmp.Diff(service.GroupPage{}, got); d != "" {
			t.Errorf("%s: half a page: %s", members, d)
		}
	}
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	const path = "/v1.0/users/u1/mailboxSettings/userPurpose"
	tests := []struct {
		status int
		body   string
		want   service.Mailbox
		code   service.Code
	}{
		{200, `{"value":"user"}`, service.MailboxUser, ""},
		{200, `{"value":"linked"}`, service.MailboxUser, ""},
		{200, `{"value":"shared"}`, service.MailboxShared, ""},
		{200, `{"value":"room"}`, service.MailboxRoom, ""},
		{200, `{"value":"equipment"}`, service.MailboxEquipment, ""},
		{200, `{"value":"unknown"}`, service.MailboxUnknown, ""},
		{200, `{"value":null}`, service.MailboxUnknown, ""},
		{200, `{"value":"somethingNew"}`, service.MailboxUnknown, ""},
		{200, `{"value":7}`, service.MailboxUnknown, service.CodeInternal},
		{404, graphError("MailboxNotEnabledForRESTAPI", ""), service.MailboxNone, ""},
		{404, graphError("ResourceNotFound", ""), service.MailboxNone, ""},
		{404, graphError("ErrorInvalidUser", ""), service.MailboxNone, ""},
		{404, graphError("Request_ResourceNotFound", ""), service.MailboxUnknown, service.CodeNotFound},
		{403, graphError("ErrorAccessDenied", ""), service.MailboxUnknown, service.CodeForbidden},
	}
	for _, tt := range tests {
		f := newFake(t)
		f.on("GET", path, tt.status, tt.body)
		got, err := f.client().Directory().Mailbox(t.Context(), "u1")
		wantCode(t, err, tt.code)
		if got != tt.want {
			t.Errorf("%d %s: %s, want %s", tt.status, tt.body, got, tt.want)
		}
		if f.requests()[0].header.Get("Prefer") != `IdType="ImmutableId"` {
			t.Error("immutable IDs were not asked for")
		}
	}
}

func TestCheckMailFolders(t *testing.T) {
	t.Parallel()
	const path = "/v1.0/users/u1/mailFolders?$select=id,displayName&$top=1"
	for _, tt := range []struct {
		status int
		body   string
		code   service.Code
	}{
		{200, `{"value":[{"id":"f1","displayName":"Inbox"}]}`, ""},
		{404, graphError("MailboxNotEnabledForRESTAPI", ""), service.CodeNoMailbox},
		{403, graphError("ErrorAccessDenied", ""), service.CodeForbidden},
		{200, `{}`, service.CodeInternal},
	} {
		f := newFake(t)
		f.on("GET", path, tt.status, tt.body)
		wantCode(t, f.client().Directory().CheckMailFolders(t.Context(), "u1"), tt.code)
		if f.requests()[0].header.Get("Prefer") != `IdType="ImmutableId"` {
			t.Error("immutable IDs were not asked for")
		}
	}
}
