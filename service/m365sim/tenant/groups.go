package tenant

import (
	"slices"
	"strings"
	"time"
)

// Group finds a living group by object id. Its Members are left out, see
// Members.
func (t *Tenant) Group(id string) (Group, bool) {
	g, ok := t.AnyGroup(id)
	return g, ok && g.Deleted.IsZero()
}

// AnyGroup finds a group by object id, deleted or not, without its Members.
func (t *Tenant) AnyGroup(id string) (Group, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if g := t.dir.groupID[id]; g != nil {
		return g.withoutMembers(), true
	}
	return Group{}, false
}

func (g *Group) withoutMembers() Group {
	c := *g
	c.Members = nil
	return c
}

// Groups returns up to limit living groups, without their Members, whose
// display name begins with prefix in any case, from a place in the order of
// their creation, and the place after them; -1 if there are no more.
func (t *Tenant) Groups(prefix string, from, limit int) (list []Group, next int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	prefix = strings.ToLower(prefix)
	for i := max(from, 0); i < len(t.dir.groups); i++ {
		g := t.dir.groups[i]
		if !g.Deleted.IsZero() || !strings.HasPrefix(strings.ToLower(g.DisplayName), prefix) {
			continue
		}
		if len(list) == limit {
			return list, i
		}
		list = append(list, g.withoutMembers())
	}
	return list, -1
}

// CountGroups counts the living groups.
func (t *Tenant) CountGroups() int {
	list, _ := t.Groups("", 0, t.sizeHint())
	return len(list)
}

func (t *Tenant) sizeHint() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.dir.groups)
}

// Members returns up to limit direct members of a group from a place in its
// list, and the place after them; -1 if there are no more. Deleted members
// are left out.
func (t *Tenant) Members(groupID string, from, limit int) (list []Member, next int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	g := t.dir.groupID[groupID]
	if g == nil {
		return nil, -1
	}
	for i := max(from, 0); i < len(g.Members); i++ {
		if !t.alive(g.Members[i]) {
			continue
		}
		if len(list) == limit {
			return list, i
		}
		list = append(list, g.Members[i])
	}
	return list, -1
}

func (t *Tenant) alive(m Member) bool {
	if m.Group {
		g := t.dir.groupID[m.ID]
		return g != nil && g.Deleted.IsZero()
	}
	u := t.dir.byID[m.ID]
	return u != nil && u.Deleted.IsZero()
}

// IsMember reports whether somebody is a direct member of a group now, and
// whether that is a group.
func (t *Tenant) IsMember(groupID, memberID string) (isMember, isGroup bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, isGroup = t.dir.groupID[memberID]
	m := Member{ID: memberID, Group: isGroup}
	g := t.dir.groupID[groupID]
	return g != nil && t.alive(m) && slices.Contains(g.Members, m), isGroup
}

// TransitiveMembers are the members of a group and of the groups in it, each
// once, in a stable order. Groups may contain one another in a circle; a group
// is not its own member, then.
func (t *Tenant) TransitiveMembers(groupID string) (list []Member) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	seen := map[Member]bool{{ID: groupID, Group: true}: true}
	for queue := []string{groupID}; len(queue) > 0; queue = queue[1:] {
		g := t.dir.groupID[queue[0]]
		if g == nil {
			continue
		}
		for _, m := range g.Members {
			if seen[m] || !t.alive(m) {
				continue
			}
			seen[m] = true
			list = append(list, m)
			if m.Group {
				queue = append(queue, m.ID)
			}
		}
	}
	return list
}

// AddGroup adds a group; its ID and Created are filled in.
func (t *Tenant) AddGroup(g Group) (Group, error) {
	err := t.change(func(now time.Time) error {
		g.ID, g.Created = t.nextID("group"), now
		c := g.copy()
		t.insertGroup(&c)
		t.note(Change{Kind: GroupChanged, ID: c.ID})
		for _, m := range c.Members {
			t.note(Change{Kind: MemberChanged, ID: c.ID, Member: m.ID})
		}
		g = c.copy()
		return nil
	})
	return g, err
}

func (t *Tenant) insertGroup(g *Group) {
	t.dir.groups = append(t.dir.groups, g)
	t.dir.groupID[g.ID] = g
}

// RenameGroup changes the display name of a group.
func (t *Tenant) RenameGroup(id, displayName string) error {
	return t.changeGroup(id, func(g *Group, _ time.Time) error {
		g.DisplayName = displayName
		t.note(Change{Kind: GroupChanged, ID: id})
		return nil
	})
}

// DeleteGroup deletes a group. Graph keeps Microsoft 365 groups for 30 days,
// others are gone at once.
func (t *Tenant) DeleteGroup(id string) error {
	return t.changeGroup(id, func(g *Group, now time.Time) error {
		g.Deleted, g.Gone = now, !g.Unified
		t.note(Change{Kind: GroupChanged, ID: id})
		return nil
	})
}

// AddMember adds a user or a group to a group.
func (t *Tenant) AddMember(groupID, memberID string) error {
	return t.changeGroup(groupID, func(g *Group, _ time.Time) error {
		_, isGroup := t.dir.groupID[memberID]
		m := Member{ID: memberID, Group: isGroup}
		if !t.alive(m) {
			return ErrNotFound
		}
		if slices.Contains(g.Members, m) {
			return ErrExists
		}
		g.Members = append(g.Members, m)
		t.note(Change{Kind: MemberChanged, ID: groupID, Member: memberID})
		return nil
	})
}

// RemoveMember takes a user or a group out of a group.
func (t *Tenant) RemoveMember(groupID, memberID string) error {
	return t.changeGroup(groupID, func(g *Group, _ time.Time) error {
		i := slices.IndexFunc(g.Members, func(m Member) bool { return m.ID == memberID })
		if i < 0 {
			return ErrNotFound
		}
		g.Members = slices.Delete(g.Members, i, i+1)
		t.note(Change{Kind: MemberChanged, ID: groupID, Member: memberID})
		return nil
	})
}

func (t *Tenant) changeGroup(id string, f func(*Group, time.Time) error) error {
	return t.change(func(now time.Time) error {
		g := t.dir.groupID[id]
		if g == nil || !g.Deleted.IsZero() {
			return ErrNotFound
		}
		return f(g, now)
	})
}
