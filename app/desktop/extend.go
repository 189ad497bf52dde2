package desktop

import (
	"context"

	"cloudappsecurity/service"
	"cloudappsecurity/views/extend"
)

// Extending implements extend.Source.
func (s *screens) Extending(ctx context.Context) (st extend.State, err error) {
	org, err := s.organization(ctx)
	if err != nil {
		return st, err
	}
	st.Option = org.Option
	for _, svc := range service.Services() {
		counts, err := s.app.Store.TargetCounts(ctx, svc)
		if err != nil {
			return st, err
		}
		if svc.CoversSites() {
			st.Sites = counts.Protected
		} else {
			st.Users = max(st.Users, counts.Protected)
		}
	}
	st.Extensions, err = s.app.Grants.Extensions(ctx)
	return st, err
}

// Extend implements extend.Source.
func (s *screens) Extend(ctx context.Context) error { return s.app.Grants.Extend(ctx) }
