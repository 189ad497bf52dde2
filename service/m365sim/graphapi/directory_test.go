package graphapi_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cloudappsecurity/service/m365sim/tenant"
)

// page reads all pages of a list.
func (f *fixture) pages(t *testing.T, who claims, path string, headers ...string) (items []map[string]any, pages int) {
	t.Helper()
	for path != "" {
		a := f.get(t, who, path, headers...)
		items, pages = append(items, a.items()...), pages+1
		path = a.text("@odata.nextLink")
		if pages > 200 {
			t.Fatal("endless list")
		}
	}
	return items, pages
}

func ids(items []map[string]any) (list []string) {
	for _, item := range items {
		id, _ := item["id"].(string)
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

func TestOrganizationAndMe(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	for _, who := range []claims{f.scanner(), f.administrator()} {
		items := f.get(t, who, "/v1.0/organization?$select=id,displayName,verifiedDomains").items()
		if len(items) != 1 || items[0]["displayName"] != "Contoso Bakery" || items[0]["id"] != f.tenant.ID() {
			t.Errorf("organization: %v", items)
		}
	}
	f.get(t, f.scanner(), "/v1.0/organization")
	if me := f.get(t, f.administrator(), "/v1.0/me"); me.text("userPrincipalName") != f.tenant.AdminUsername() {
		t.Errorf("me: %s", me.raw)
	}
	foreign := f.behalf(f.tenant.ForeignAdminUsername(), "Application.ReadWrite.All", "User.Read")
	if items := f.get(t, foreign, "/v1.0/organization").items(); items[0]["displayName"] != "Fabrikam" {
		t.Errorf("foreign organization: %v", items)
	}
	if me := f.get(t, foreign, "/v1.0/me?$select=id,displayName"); me.text("displayName") != "Sam Carter" {
		t.Errorf("foreign me: %s", me.raw)
	}
	want(t, "foreign applications", f.call(t, foreign, "GET", "/v1.0/applications", ""), 403, "Authorization_RequestDenied")
	want(t, "/me by itself", f.call(t, f.scanner(), "GET", "/v1.0/me", ""), 400, "BadRequest")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who := f.scanner()
	const fields = "?$select=id,userPrincipalName,displayName,accountEnabled,userType,mail,assignedPlans"
	all, pages := f.pages(t, who, "/v1.0/users"+fields+"&$top=25")
	if len(all) != 60 || pages != 3 || len(slices.Compact(ids(all))) != 60 {
		t.Fatalf("%d users on %d pages", len(all), pages)
	}
	for _, u := range all {
		upn, _ := u["userPrincipalName"].(string)
		found := f.get(t, who, "/v1.0/users"+fields+"&$filter="+url.QueryEscape("userPrincipalName eq '"+strings.ReplaceAll(upn, "'", "''")+"'")).items()
		if len(found) != 1 || found[0]["id"] != u["id"] {
			t.Errorf("%s: %v", upn, found)
		}
		if a := f.get(t, who, "/v1.0/users/"+url.PathEscape(strings.ToUpper(upn))); a.text("id") != u["id"] {
			t.Errorf("by address %s: %s", upn, a.raw)
		}
		if a := f.get(t, who, "/v1.0/users/"+u["id"].(string)+fields); a.text("userPrincipalName") != upn {
			t.Errorf("by id %s: %s", upn, a.raw)
		}
	}
	if none := f.get(t, who, "/v1.0/users?$filter=userPrincipalName%20eq%20'nobody@contosobakery.example'").items(); len(none) != 0 {
		t.Errorf("nobody: %v", none)
	}
	if a := f.get(t, who, "/v1.0/users/$count", "ConsistencyLevel: eventual"); a.raw != "60" || a.header.Get("Content-Type") != "text/plain" {
		t.Errorf("count %q", a.raw)
	}
	if a := f.get(t, who, "/v1.0/users?$top=1&$count=true", "ConsistencyLevel: eventual"); a.body["@odata.count"] != 60.0 {
		t.Errorf("count beside: %s", a.raw)
	}
	if a := f.get(t, who, "/v1.0/users?$filter=startswith(displayName,'an')&$select=displayName"); len(a.items()) < 2 {
		t.Errorf("startswith: %s", a.raw)
	}
}

func TestDirectoryRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who := f.scanner()
	for path, w := range map[string]struct {
		status int
		code   string
	}{
		"/v1.0/users/nobody@contosobakery.example":    {404, "Request_ResourceNotFound"},
		"/v1.0/users/$count":                          {400, "Request_UnsupportedQuery"},
		"/v1.0/groups/$count":                         {400, "Request_UnsupportedQuery"},
		"/v1.0/users?$top=1000":                       {400, "Request_BadRequest"},
		"/v1.0/users?$top=0":                          {400, "BadRequest"},
		"/v1.0/users?$select=shoeSize":                {400, "BadRequest"},
		"/v1.0/users?$select=":                        {400, "BadRequest"},
		"/v1.0/users?$orderby=displayName":            {400, "Request_UnsupportedQuery"},
		"/v1.0/users?$expand=manager":                 {400, "Request_UnsupportedQuery"},
		"/v1.0/users?$search=%22displayName:a%22":     {400, "Request_UnsupportedQuery"},
		"/v1.0/users?$filter=userType%20ne%20'Guest'": {400, "Request_UnsupportedQuery"},
		"/v1.0/users?$filter=city%20eq%20'Lund'":      {400, "Request_UnsupportedQuery"},
		"/v1.0/users?$filter=nonsense":                {400, "BadRequest"},
		"/v1.0/users?$filter=mail%20eq%20'o'brien'":   {400, "BadRequest"},
		"/v1.0/users?$skiptoken=x":                    {400, "Directory_ExpiredPageToken"},
		"/v1.0/users?$top=1&$top=2":                   {400, "BadRequest"},
		"/v1.0/users?pretty=1":                        {400, "BadRequest"},
		"/v1.0/groups/none":                           {400, "Request_BadRequest"},
		"/v1.0/groups/" + f.tenant.ID():               {404, "Request_ResourceNotFound"},
		"/v1.0/people":                                {400, "BadRequest"},
		"/v1.0/users/" + f.tenant.ID() + "/calendars": {400, "BadRequest"},
		"/v1.0/":                                            {400, "BadRequest"},
		"/beta/users":                                       {400, "BadRequest"},
		"/v1.0/users/delta?$top=5":                          {400, "Request_UnsupportedQuery"},
		"/v1.0/users/delta?$orderby=displayName":            {400, "Request_UnsupportedQuery"},
		"/v1.0/groups/delta?$expand=members":                {400, "Request_UnsupportedQuery"},
		"/v1.0/users/delta?$deltatoken=x":                   {400, "Request_BadRequest"},
		"/v1.0/groups/delta?$select=members,shoeSize":       {400, "BadRequest"},
		"/v1.0/users/x/transitiveMemberOf":                  {400, "BadRequest"},
		"/v1.0/applications":                                {403, "Authorization_RequestDenied"},
		"/v1.0/servicePrincipals":                           {403, "Authorization_RequestDenied"},
		"/v1.0/directory/deletedItems/microsoft.graph.user": {400, "BadRequest"},
	} {
		want(t, path, f.call(t, who, "GET", path, ""), w.status, w.code)
	}
	want(t, "batch", f.call(t, who, "POST", "/v1.0/$batch", `{"requests":[]}`), 400, "BadRequest")
	want(t, "another method", f.call(t, who, "DELETE", "/v1.0/users", ""), 405, "Request_BadRequest")
	anonymous := f.call(t, claims{}, "GET", "/v1.0/users", "")
	want(t, "no roles", anonymous, 403, "Authorization_RequestDenied")
}

// TestAccess holds every operation against the permissions it needs.
func TestAccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	mehmet := f.tenant.SomeUsername()
	group, _ := f.tenant.Groups("All staff", 0, 1)
	inbox := "/v1.0/users/" + mehmet + "/mailFolders/inbox"
	for _, c := range []struct {
		path, role string
		refusal    string
	}{
		{"/v1.0/users", "User.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/users/delta", "User.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/users/" + mehmet, "User.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/groups", "GroupMember.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/groups/delta", "GroupMember.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/groups/" + group[0].ID + "/members", "GroupMember.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/groups/" + group[0].ID + "/transitiveMembers", "Group.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/organization", "User.Read.All", "Authorization_RequestDenied"},
		{"/v1.0/users/" + mehmet + "/mailboxSettings/userPurpose", "MailboxSettings.Read", "ErrorAccessDenied"},
		{"/v1.0/users/" + mehmet + "/mailFolders", "Mail.ReadWrite", "ErrorAccessDenied"},
		{inbox, "Mail.Read", "ErrorAccessDenied"},
		{inbox + "/messages", "Mail.ReadWrite", "ErrorAccessDenied"},
	} {
		f.get(t, f.app("Mail.Send", c.role), c.path)
		want(t, c.path, f.call(t, f.app("Mail.Send", "Sites.ReadWrite.All"), "GET", c.path, ""), 403, c.refusal)
		if c.path != "/v1.0/organization" {
			want(t, c.path+" for the administrator", f.call(t, f.administrator(), "GET", c.path, ""), 403, c.refusal)
		}
	}
	plain := f.behalf(mehmet, "Application.ReadWrite.All", "User.Read")
	want(t, "no administrator", f.call(t, plain, "PATCH", byName, newApp, createIfMissing), 403, "Authorization_RequestDenied")
	want(t, "reading only", f.call(t, f.behalf(f.tenant.AdminUsername(), "Application.Read.All"), "PATCH", byName, newApp, createIfMissing), 403, "Authorization_RequestDenied")
}

func TestUnauthenticated(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	refused := f.raw(t, "GET", "/v1.0/users")
	want(t, "no token", refused, 401, "InvalidAuthenticationToken")
	inner, _ := refused.body["error"].(map[string]any)["innerError"].(map[string]any)
	if inner["request-id"] != refused.header.Get("request-id") || inner["client-request-id"] != "mine" || refused.header.Get("client-request-id") != "mine" || inner["date"] != "2026-11-19T14:32:00" {
		t.Errorf("innerError %v", inner)
	}
	if refused.header.Get("WWW-Authenticate") == "" {
		t.Error("no challenge")
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who := f.scanner()
	if items := f.get(t, who, "/v1.0/groups").items(); len(items) != 9 {
		t.Errorf("%d groups", len(items))
	}
	found := f.get(t, who, "/v1.0/groups?$filter=startswith(displayName,'bak')&$select=id,displayName,visibility&$top=100").items()
	if len(found) != 2 {
		t.Fatalf("bak: %v", found)
	}
	night := "/v1.0/groups/" + found[0]["id"].(string)
	if a := f.get(t, who, night+"?$select=displayName"); a.text("displayName") != "Bakers, night shift" {
		t.Errorf("group: %s", a.raw)
	}
	const users = "/transitiveMembers/microsoft.graph.user?$count=true&$select=id,displayName,userPrincipalName"
	direct, _ := f.pages(t, who, night+"/members?$select=id,displayName,userPrincipalName")
	if len(direct) != 6 || direct[5]["@odata.type"] != "#microsoft.graph.group" {
		t.Errorf("direct: %v", direct)
	}
	flat, pages := f.pages(t, who, night+users+"&$top=3", "ConsistencyLevel: eventual")
	if len(flat) != 8 || pages != 3 || len(slices.Compact(ids(flat))) != 8 {
		t.Errorf("in a circle: %d on %d pages: %v", len(flat), pages, flat)
	}
	if n := len(f.get(t, who, "/v1.0/groups/"+found[1]["id"].(string)+strings.Replace(users, "microsoft.graph.", "graph.", 1), "ConsistencyLevel: eventual").items()); n != 11 {
		t.Errorf("tills: %d", n)
	}
	want(t, "cast without header", f.call(t, who, "GET", night+users, ""), 400, "Request_UnsupportedQuery")
	want(t, "cast without count", f.call(t, who, "GET", night+"/transitiveMembers/microsoft.graph.user", "", "ConsistencyLevel: eventual"), 400, "Request_UnsupportedQuery")
	if a := f.get(t, who, night+"/transitiveMembers/$count", "ConsistencyLevel: eventual"); a.raw != "9" {
		t.Errorf("count %q", a.raw)
	}
	if item := f.get(t, f.app("GroupMember.Read.All"), night+"/members").items()[0]; item["displayName"] != nil || item["id"] == nil {
		t.Errorf("a profile without the right to read it: %v", item)
	}
	hidden := f.get(t, who, "/v1.0/groups?$filter=displayName%20eq%20'Salary%20review'").items()[0]
	members := "/v1.0/groups/" + hidden["id"].(string) + "/members"
	if items := f.get(t, who, members).items(); len(items) != 0 || hidden["visibility"] != "HiddenMembership" {
		t.Errorf("hidden: %v", items)
	}
	if items := f.get(t, f.app("GroupMember.Read.All", "Member.Read.Hidden"), members).items(); len(items) != 2 {
		t.Errorf("with the right: %v", items)
	}
}

func TestManyPeople(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 6000, 40)
	who := f.scanner()
	all, pages := f.pages(t, who, "/v1.0/users?$select=id,userPrincipalName&$top=999")
	if len(all) != 6000 || pages != 7 || len(slices.Compact(ids(all))) != 6000 {
		t.Errorf("%d users on %d pages", len(all), pages)
	}
	seasonal := f.get(t, who, "/v1.0/groups?$filter=displayName%20eq%20'Seasonal%20staff'&$select=id").items()
	members, _ := f.pages(t, who, "/v1.0/groups/"+seasonal[0]["id"].(string)+"/members?$top=999&$select=id")
	if len(slices.Compact(ids(members))) != 5000 {
		t.Errorf("%d members", len(members))
	}
	g, _ := f.tenant.Groups("", 0, 100)
	if len(g) != 40 {
		t.Errorf("%d groups", len(g))
	}
	if a := f.get(t, who, "/v1.0/groups/$count", "ConsistencyLevel: eventual"); a.raw != strconv.Itoa(40) {
		t.Errorf("count %q", a.raw)
	}
	kinds := map[tenant.Purpose]int{}
	for at := 0; at >= 0; {
		var page []tenant.User
		page, at = f.tenant.Users(at, 500)
		for _, u := range page {
			kinds[u.Purpose]++
		}
	}
	if kinds[tenant.PurposeShared] < 10 || kinds[tenant.PurposeRoom] < 10 || kinds[tenant.NoMailbox] < 50 {
		t.Errorf("kinds %v", kinds)
	}
}
