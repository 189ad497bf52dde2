package graphapi

import "strings"

// table is all that is served. Literal segments stand before variables.
func (a *api) table() []route {
	all := a.directoryRoutes()
	all = append(all, a.applicationRoutes()...)
	all = append(all, a.mailRoutes()...)
	all = append(all, a.storageRoutes()...)
	for i := range all {
		all[i].segments = strings.Split(all[i].pattern, "/")
	}
	return all
}

func (a *api) directoryRoutes() []route {
	var (
		one     = []string{"$select"}
		page    = []string{"$select", "$top", "$filter", "$count", "$skiptoken"}
		members = []string{"$select", "$top", "$count", "$skiptoken"}
		delta   = []string{"$select", "$skiptoken", "$deltatoken"}
		count   = []string{"$filter"}
	)
	get := func(pattern string, who access, options []string, handle func(*request) (*reply, *failure)) route {
		return route{method: "GET", pattern: pattern, access: who, options: options, handle: handle}
	}
	routes := []route{
		get("organization", organizationAccess(), one, a.listOrganization),
		get("me", meAccess(), one, a.getMe),
		get("users", readUsers(), page, a.listUsers),
		get("users/$count", readUsers(), count, a.getUsersCount),
		get("users/delta", readUsers(), delta, a.usersDelta),
		get("users/{}", readUsers(), one, a.getUser),
		get("groups", readGroups(), page, a.listGroups),
		get("groups/$count", readGroups(), count, a.getGroupsCount),
		get("groups/delta", readGroups(), delta, a.groupsDelta),
		get("groups/{}", readGroups(), one, a.getGroup),
	}
	for _, set := range []string{"members", "transitiveMembers"} {
		transitive := set != "members"
		for _, cast := range []string{"", "user", "group"} {
			pattern := "groups/{}/" + set
			if cast != "" {
				pattern += "/microsoft.graph." + cast
			}
			routes = append(routes,
				get(pattern, readGroups(), members, a.listMembers(memberQuery{transitive: transitive, cast: cast})),
				get(pattern+"/$count", readGroups(), nil, a.listMembers(memberQuery{transitive: transitive, cast: cast, count: true})))
		}
	}
	return routes
}

func (a *api) applicationRoutes() []route {
	var (
		one  = []string{"$select"}
		page = []string{"$select", "$top", "$filter", "$count", "$skiptoken"}
	)
	routes := []route{
		{method: "GET", pattern: "applications", access: readApplications(), options: page, handle: a.listApplications},
		{method: "POST", pattern: "applications", access: writeApplications(), handle: a.createApplication},
		{method: "PATCH", pattern: "applications(uniqueName)", access: writeApplications(), handle: a.upsertApplication},
		{method: "GET", pattern: "servicePrincipals", access: readApplications(), options: page, handle: a.listPrincipals},
		{method: "POST", pattern: "servicePrincipals", access: writeApplications(), handle: a.createPrincipal},
		{method: "GET", pattern: "directory/deletedItems/microsoft.graph.application", access: readApplications(), options: page, handle: a.listDeleted},
		{method: "GET", pattern: "directory/deletedItems/microsoft.graph.servicePrincipal", access: readApplications(), options: page, handle: a.listDeletedPrincipals},
		{method: "GET", pattern: "directory/deletedItems/{}", access: readApplications(), options: one, handle: a.getDeleted},
		{method: "DELETE", pattern: "directory/deletedItems/{}", access: writeApplications(), handle: a.purge},
		{method: "POST", pattern: "directory/deletedItems/{}/restore", access: writeApplications(), handle: a.restore},
	}
	for _, key := range []string{"applications/{}", "applications(appId)", "applications(uniqueName)"} {
		find := a.applicationBy(key)
		routes = append(routes,
			route{method: "GET", pattern: key, access: readApplications(), options: one, handle: a.getApplication(find)},
			route{method: "DELETE", pattern: key, access: writeApplications(), handle: a.deleteApplication(find)})
		if key != "applications(uniqueName)" { // which is the upsert
			routes = append(routes, route{method: "PATCH", pattern: key, access: writeApplications(), handle: a.updateApplication(find)})
		}
	}
	for _, key := range []string{"servicePrincipals/{}", "servicePrincipals(appId)"} {
		find := a.principalBy(key)
		routes = append(routes,
			route{method: "GET", pattern: key, access: readApplications(), options: one, handle: a.getPrincipal(find)},
			route{method: "PATCH", pattern: key, access: writeApplications(), handle: a.updatePrincipal(find)},
			route{method: "DELETE", pattern: key, access: writeApplications(), handle: a.deletePrincipal(find)},
			route{method: "GET", pattern: key + "/appRoleAssignments", access: readApplications(), options: page, handle: a.listAssignments(find)})
	}
	return routes
}

func (a *api) mailRoutes() []route {
	var (
		one  = []string{"$select"}
		page = []string{"$select", "$top", "$skip", "$count", "$filter", "$orderby"}
		tree = []string{"$select", "$top", "$skip", "$count", "includehiddenfolders"}
	)
	get := func(pattern string, who access, options []string, handle func(*request) (*reply, *failure)) route {
		return route{method: "GET", pattern: "users/{}/" + pattern, access: who, options: options, handle: handle}
	}
	patch := func(pattern string) route {
		return route{method: "PATCH", pattern: "users/{}/" + pattern, access: writeMail(), handle: a.updateMessage}
	}
	return []route{
		get("mailboxSettings", readMailboxSettings(), one, a.getMailboxSettings),
		get("mailboxSettings/userPurpose", readMailboxSettings(), nil, a.getUserPurpose),
		get("mailFolders", readMail(), tree, a.listFolders),
		get("mailFolders/delta", readMail(), nil, notSimulated),
		get("mailFolders/{}", readMail(), one, a.getFolder),
		get("mailFolders/{}/messages", readMail(), page, a.listMessages),
		get("mailFolders/{}/messages/delta", readMail(), nil, notSimulated),
		get("mailFolders/{}/messages/{}", readMail(), one, a.getMessage),
		patch("mailFolders/{}/messages/{}"),
		get("messages", readMail(), page, a.listMessages),
		get("messages/delta", readMail(), nil, a.refuseMailDelta),
		get("messages/{}", readMail(), one, a.getMessage),
		patch("messages/{}"),
	}
}

// Resource units of SharePoint: one for a single thing or a delta with a token,
// two for several.
const (
	oneThing = 1
	several  = 2
)

func (a *api) storageRoutes() []route {
	var (
		one    = []string{"$select"}
		page   = []string{"$select", "$top", "$skiptoken"}
		search = []string{"search", "$select", "$top", "$skiptoken"}
		delta  = []string{"$select", "$top", "token"}
	)
	get := func(pattern string, who access, units int, options []string, handle func(*request) (*reply, *failure)) route {
		return route{method: "GET", pattern: pattern, access: who, units: units, options: options, handle: handle}
	}
	routes := []route{
		get("sites", readSites(), several, search, a.searchSites),
		get("sites/getAllSites", readSites(), several, page, a.listAllSites),
		get("sites/delta", readSites(), oneThing, delta, a.sitesDelta),
		get("sites/{}", readSites(), oneThing, one, a.getSite),
		get("sites/{}/sites", readSites(), several, page, a.listSubsites),
		get("sites/{}/drives", readFiles(), several, page, a.listDrives),
		get("drives/{}/items/{}/content", readFiles(), oneThing, nil, a.getContent),
		get("drives/{}/items/{}/children", readFiles(), several, page, a.listChildren(a.drive)),
		get("drives/{}/items/{}", readFiles(), oneThing, one, a.getItem(a.drive)),
	}
	for _, d := range []struct {
		pattern string
		find    driveFinder
	}{{"sites/{}/drive", a.site}, {"users/{}/drive", a.userDrive}, {"drives/{}", a.drive}} {
		routes = append(routes,
			get(d.pattern, readFiles(), oneThing, one, a.getDrive(d.find)),
			get(d.pattern+"/root", readFiles(), oneThing, one, a.getItem(d.find)),
			get(d.pattern+"/root/children", readFiles(), several, page, a.listChildren(d.find)),
			get(d.pattern+"/root/delta", readFiles(), oneThing, delta, a.driveDelta(d.find)))
	}
	return routes
}
