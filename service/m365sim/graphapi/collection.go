package graphapi

// collection is a kind of object that the directory lists page by page.
type collection[T any] struct {
	name    string   // of the set in addresses
	kind    string   // of its objects in messages
	filters []string // which it takes, such as "eq id"
	entity  *entity
	find    func(f *filter, from, size int) (page []T, next int)
	count   func(*filter) int
	object  func(T) object
}

// pageOf answers a GET of the collection.
func pageOf[T any](a *api, r *request, c collection[T]) (*reply, *failure) {
	selected, failed := c.entity.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	f, failed := r.query.filter(c.kind, c.filters...)
	if failed != nil {
		return nil, failed
	}
	size, failed := r.query.pageSize()
	if failed != nil {
		return nil, failed
	}
	from, failed := r.query.from()
	if failed != nil {
		return nil, failed
	}
	page, next := c.find(f, from, size)
	values := make([]object, 0, len(page))
	for _, v := range page {
		values = append(values, c.entity.project(c.object(v), selected))
	}
	body := object{"@odata.context": a.context(c.name + suffix(selected)), "value": values}
	if next >= 0 {
		body["@odata.nextLink"] = a.nextLink(r, next)
	}
	if r.query.count && r.query.eventual {
		body["@odata.count"] = c.count(f)
	}
	return ok(body)
}
