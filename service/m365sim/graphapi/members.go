package graphapi

import (
	"slices"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// memberQuery says which members of a group are asked for.
type memberQuery struct {
	transitive bool
	cast       string // user, group or "" for any
	count      bool   // only how many
}

// listMembers makes the handler of a group's members.
func (a *api) listMembers(want memberQuery) func(*request) (*reply, *failure) {
	return func(r *request) (*reply, *failure) {
		e := a.memberType(want.cast)
		selected, failed := e.selection(r.query.selected)
		if failed != nil {
			return nil, failed
		}
		if want.cast != "" && !want.count && !(r.query.eventual && r.query.count) {
			return nil, unsupportedQuery("The type cast needs the ConsistencyLevel header set to eventual and $count=true.")
		}
		size, failed := r.query.pageSize()
		if failed != nil {
			return nil, failed
		}
		from, failed := r.query.from()
		if failed != nil {
			return nil, failed
		}
		g, failed := a.group(r)
		if failed != nil {
			return nil, failed
		}
		if want.count {
			if failed := needEventual(r); failed != nil {
				return nil, failed
			}
			return plainCount(len(a.members(r, g, want)))
		}
		return a.memberPage(r, g, want, selected, from, size)
	}
}

func (a *api) memberType(cast string) *entity {
	switch cast {
	case "user":
		return &a.entities.user
	case "group":
		return &a.entities.group
	}
	return &a.entities.directoryObject
}

// members are the members of a group that the caller may see.
func (a *api) members(r *request, g tenant.Group, want memberQuery) []tenant.Member {
	if g.Hidden && !r.caller.seesHidden() {
		return nil
	}
	var all []tenant.Member
	if want.transitive {
		all = a.Tenant.TransitiveMembers(g.ID)
	} else {
		all, _ = a.Tenant.Members(g.ID, 0, a.Tenant.CountUsers()+a.Tenant.CountGroups())
	}
	if want.cast != "" {
		all = slices.DeleteFunc(all, func(m tenant.Member) bool { return m.Group != (want.cast == "group") })
	}
	return all
}

func (a *api) memberPage(r *request, g tenant.Group, want memberQuery, selected []string, from, size int) (*reply, *failure) {
	all := a.members(r, g, want)
	from = min(from, len(all))
	end := min(from+size, len(all))
	values := make([]object, 0, end-from)
	for _, m := range all[from:end] {
		values = append(values, a.memberObject(r, m, want, selected))
	}
	set := "directoryObjects"
	if want.cast != "" {
		set = want.cast + "s"
	}
	body := object{"@odata.context": a.context(set + suffix(selected)), "value": values}
	if end < len(all) {
		body["@odata.nextLink"] = a.nextLink(r, end)
	}
	if r.query.count && r.query.eventual {
		body["@odata.count"] = len(all)
	}
	return ok(body)
}

// memberObject is one member. Who may not read profiles sees ids only.
func (a *api) memberObject(r *request, m tenant.Member, want memberQuery, selected []string) object {
	if m.Group {
		g, _ := a.Tenant.Group(m.ID)
		return member(&a.entities.group, groupObject(g), want, selected)
	}
	u, _ := a.Tenant.User(m.ID)
	full := userObject(u)
	if !r.caller.readsProfiles() {
		full = object{"id": m.ID}
	}
	return member(&a.entities.user, full, want, selected)
}

// member names the type of a member where the address does not, and leaves
// out selected properties that this type does not have.
func member(e *entity, full object, want memberQuery, selected []string) object {
	var own []string
	if selected != nil {
		own = []string{}
	}
	for _, name := range selected {
		if _, has := e.properties[strings.ToLower(name)]; has {
			own = append(own, name)
		}
	}
	o := e.project(full, own)
	if want.cast == "" {
		o["@odata.type"] = "#" + e.name
	}
	return o
}
