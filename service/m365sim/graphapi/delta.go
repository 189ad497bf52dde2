package graphapi

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cloudappsecurity/service/m365sim/tenant"
)

// memberBudget is how many members a page of groups tells at most.
const memberBudget = 500

func itoa(n int) string { return strconv.Itoa(n) }

// usersDelta answers GET /users/delta.
func (a *api) usersDelta(r *request) (*reply, *failure) {
	e := &a.entities.user
	c, latest, failed := a.start(r, "users", e)
	if failed != nil {
		return nil, failed
	}
	size, failed := r.query.pageSize()
	if failed != nil {
		return nil, failed
	}
	selected, failed := e.selection(c.Selected)
	if failed != nil {
		return nil, failed
	}
	switch {
	case latest:
		return a.deltaPage(r, c, false, nil)
	case c.emptyPage():
		return a.deltaPage(r, c, true, nil)
	case !c.Walking:
		values, more := a.changedUsers(&c, size, selected)
		return a.deltaPage(r, c, more, values)
	}
	var values []object
	if c.replayPage() && c.From > 0 {
		c.From-- // tells one again, most of the time the last one
	}
	users, next := a.Tenant.Users(c.From, size)
	for _, u := range users {
		values = append(values, e.project(userObject(u), selected))
	}
	c.From = next
	return a.deltaPage(r, c, next >= 0, values)
}

// changedUsers tells users whose last change lies after the cursor.
func (a *api) changedUsers(c *cursor, size int, selected []string) (values []object, more bool) {
	for _, change := range a.Tenant.Changes(c.Since) {
		if len(values) == size {
			return values, true
		}
		c.Since++
		u, found := a.Tenant.AnyUser(change.ID)
		if change.Kind != tenant.UserChanged || !found || u.Changed > c.Since {
			continue // it comes later
		}
		if u.Deleted.IsZero() {
			values = append(values, a.entities.user.project(userObject(u), selected))
		} else {
			values = append(values, removed(u.ID, u.Gone))
		}
	}
	return values, false
}

// groupsDelta answers GET /groups/delta.
func (a *api) groupsDelta(r *request) (*reply, *failure) {
	e := &a.entities.group
	c, latest, failed := a.start(r, "groups", e, "members")
	if failed != nil {
		return nil, failed
	}
	size, failed := r.query.pageSize()
	if failed != nil {
		return nil, failed
	}
	selected, failed := e.selection(c.Selected, "members")
	if failed != nil {
		return nil, failed
	}
	walk := &groupWalk{api: a, selected: selected, members: c.Selected == nil || slices.Contains(c.Selected, "members"),
		hidden: r.caller.seesHidden(), size: size}
	switch {
	case latest:
		return a.deltaPage(r, c, false, nil)
	case c.emptyPage():
		return a.deltaPage(r, c, true, nil)
	case c.Walking:
		if c.replayPage() && c.From > 0 && c.Member == 0 {
			c.From--
		}
		more := walk.enumerate(&c)
		return a.deltaPage(r, c, more, walk.values)
	}
	more := walk.changes(&c)
	return a.deltaPage(r, c, more, walk.values)
}

// groupWalk collects a page of a delta over groups.
type groupWalk struct {
	api      *api
	selected []string
	members  bool // memberships are asked for
	hidden   bool // the caller sees hidden ones
	size     int
	values   []object
}

// enumerate tells groups with their members. The members of large groups are
// spread over pages, each of which names the group again.
func (w *groupWalk) enumerate(c *cursor) (more bool) {
	budget := memberBudget
	for len(w.values) < w.size && budget > 0 {
		groups, next := w.api.Tenant.Groups("", c.From, 1)
		if len(groups) == 0 {
			return false
		}
		g := groups[0]
		full := object{"id": g.ID}
		if c.Member == 0 {
			full = w.api.entities.group.project(groupObject(g), w.selected)
		}
		rest := -1
		if w.members && (!g.Hidden || w.hidden) {
			var members []tenant.Member
			members, rest = w.api.Tenant.Members(g.ID, c.Member, budget)
			budget -= len(members)
			if len(members) > 0 {
				full["members@delta"] = memberReferences(members)
			}
		}
		w.values = append(w.values, full)
		if rest >= 0 {
			c.Member = rest
			return true
		}
		c.From, c.Member = next, 0
		if next < 0 {
			return false
		}
	}
	return true
}

func memberReferences(members []tenant.Member) (list []object) {
	for _, m := range members {
		list = append(list, reference(m.ID, m.Group))
	}
	return list
}

func reference(id string, group bool) object {
	kind := "#microsoft.graph.user"
	if group {
		kind = "#microsoft.graph.group"
	}
	return object{"@odata.type": kind, "id": id}
}

// changes tells what happened to groups after the cursor. A page names each
// group once.
func (w *groupWalk) changes(c *cursor) (more bool) {
	at := map[string]int{} // place of a group in values
	budget := memberBudget
	for _, change := range w.api.Tenant.Changes(c.Since) {
		_, told := at[change.ID]
		if budget == 0 || len(w.values) == w.size && !told {
			return true
		}
		c.Since++
		g, found := w.api.Tenant.AnyGroup(change.ID)
		switch {
		case !found || change.Kind == tenant.UserChanged:
			continue
		case !g.Deleted.IsZero():
			if change.Kind == tenant.GroupChanged {
				w.put(at, removed(g.ID, g.Gone))
			}
		case change.Kind == tenant.GroupChanged:
			w.put(at, w.api.entities.group.project(groupObject(g), w.selected))
		case w.members && (!g.Hidden || w.hidden):
			budget--
			w.putMember(at, g.ID, change.Member)
		}
	}
	return false
}

// put adds a group, or completes what is told of it already.
func (w *groupWalk) put(at map[string]int, o object) {
	id, _ := o["id"].(string)
	if i, told := at[id]; told && o["@removed"] == nil {
		maps.Copy(w.values[i], o)
		return
	} else if told {
		w.values[i] = o
		return
	}
	at[id] = len(w.values)
	w.values = append(w.values, o)
}

// putMember adds that somebody is a member now, or no longer.
func (w *groupWalk) putMember(at map[string]int, groupID, memberID string) {
	isMember, isGroup := w.api.Tenant.IsMember(groupID, memberID)
	m := reference(memberID, isGroup)
	if !isMember {
		m["@removed"] = object{"reason": "deleted"}
	}
	if _, told := at[groupID]; !told {
		w.put(at, object{"id": groupID})
	}
	o := w.values[at[groupID]]
	members, _ := o["members@delta"].([]object)
	same := func(other object) bool { return other["id"] == memberID }
	if !slices.ContainsFunc(members, same) {
		o["members@delta"] = append(members, m)
	}
}

// refuseMailDelta answers GET /users/{id}/messages/delta.
func (a *api) refuseMailDelta(*request) (*reply, *failure) {
	return nil, badRequest("Change tracking is not supported against '%s'.", strings.TrimPrefix(a.entities.message.name, "#"))
}

// notSimulated answers what Graph offers and the simulation does not, where it
// would otherwise be taken for something else.
func notSimulated(*request) (*reply, *failure) {
	return nil, fail(http.StatusNotImplemented, "NotImplemented", "The simulation does not support this operation.")
}
