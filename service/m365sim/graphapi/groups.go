package graphapi

import (
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// groupObject is a group with all its properties.
func groupObject(g tenant.Group) object {
	o := object{
		"id": g.ID, "displayName": g.DisplayName, "description": text(g.Description), "mailNickname": g.MailNickname,
		"mail": text(g.Mail), "mailEnabled": g.Unified, "securityEnabled": !g.Unified, "createdDateTime": stamp(g.Created),
		"deletedDateTime": stamp(g.Deleted), "renewedDateTime": stamp(g.Created),
	}
	if g.Unified {
		o["groupTypes"], o["visibility"] = []string{"Unified"}, "Private"
		o["proxyAddresses"] = []string{"SMTP:" + g.Mail}
	}
	if g.Hidden {
		o["visibility"] = "HiddenMembership"
	}
	return o
}

// listGroups answers GET /groups.
func (a *api) listGroups(r *request) (*reply, *failure) {
	return pageOf(a, r, collection[tenant.Group]{
		name: "groups", kind: "Group", filters: []string{"eq displayName", "eq id", "startswith displayName"},
		entity: &a.entities.group, find: a.findGroups, count: a.countGroups, object: groupObject,
	})
}

// findGroups returns a page of the groups that fit a filter.
func (a *api) findGroups(f *filter, from, size int) (found []tenant.Group, next int) {
	switch {
	case f == nil:
		return a.Tenant.Groups("", from, size)
	case f.property == "id":
		if g, is := a.Tenant.Group(f.value); is {
			found = append(found, g)
		}
		return found, -1
	case f.function == "startswith":
		return a.Tenant.Groups(f.value, from, size)
	}
	all, _ := a.Tenant.Groups(f.value, 0, a.Tenant.CountGroups())
	for _, g := range all { // few have the same name
		if strings.EqualFold(g.DisplayName, f.value) {
			found = append(found, g)
		}
	}
	return found, -1
}

func (a *api) countGroups(f *filter) int {
	found, _ := a.findGroups(f, 0, a.Tenant.CountGroups())
	return len(found)
}

// getGroupsCount answers GET /groups/$count.
func (a *api) getGroupsCount(r *request) (*reply, *failure) {
	if failed := needEventual(r); failed != nil {
		return nil, failed
	}
	f, failed := r.query.filter("Group", "eq displayName", "startswith displayName")
	if failed != nil {
		return nil, failed
	}
	return plainCount(a.countGroups(f))
}

// group finds the group that the path names.
func (a *api) group(r *request) (tenant.Group, *failure) {
	if failed := checkID(r.vars[0]); failed != nil {
		return tenant.Group{}, failed
	}
	g, found := a.Tenant.Group(strings.ToLower(r.vars[0]))
	if !found {
		return tenant.Group{}, notFound(r.vars[0])
	}
	return g, nil
}

// getGroup answers GET /groups/{id}.
func (a *api) getGroup(r *request) (*reply, *failure) {
	e := &a.entities.group
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	g, failed := a.group(r)
	if failed != nil {
		return nil, failed
	}
	o := e.project(groupObject(g), selected)
	o["@odata.context"] = a.context("groups" + suffix(selected) + "/$entity")
	return ok(o)
}
