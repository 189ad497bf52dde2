package review

import (
	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// lists are the filters and origins of one service's targets, with their words.
type lists struct {
	filters        []service.TargetFilter
	origins        []service.Origin
	filter, origin *ui.SegmentedControl
}

func (v *View) newLists(s service.Service) lists {
	l := lists{filters: service.TargetFilters(), origins: []service.Origin{"", service.OriginEveryone, service.OriginUser, service.OriginGroup}}
	filters, origins := []string{"All", "Protected", "Excluded", "No mailbox", "Removed"}, []string{"Any origin", "Everyone", "By user", "By group"}
	switch s {
	case service.SharePointOnline:
		l.filters = []service.TargetFilter{service.FilterNone, service.FilterProtected, service.FilterExcluded, service.FilterRemoved}
		filters = []string{"All", "Protected", "Excluded", "Removed"}
		l.origins[2], l.origins[3] = service.OriginURL, service.OriginTitle
		origins[2], origins[3] = "By URL", "By title"
	case service.OneDrive:
		filters[3] = "No OneDrive"
	case service.ExchangeOnline:
	}
	l.filter = ui.NewSegmentedControl(filters, func(int) { v.first() })
	l.origin = ui.NewSegmentedControl(origins, func(int) { v.first() })
	return l
}

// switchService shows another service's targets.
func (v *View) switchService() {
	v.chooseLists()
	v.loaded = false
	v.page = Page{}
	v.show()
	v.first()
}

// chooseLists puts the lists of the chosen service in sight.
func (v *View) chooseLists() {
	for i, l := range v.lists {
		ui.SetVisible(l.filter, i == v.of.Chosen())
		ui.SetVisible(l.origin, i == v.of.Chosen())
	}
	v.filter, v.origin = v.lists[v.of.Chosen()].filter, v.lists[v.of.Chosen()].origin
}
