package directory

import (
	"context"

	"cloudappsecurity/service"
)

// Selected gives the stored selection of svc, by name. Who can't be protected
// any more is still in it.
func (d *Directory) Selected(ctx context.Context, svc service.Service) ([]service.Selection, error) {
	var sel []service.Selection
	for _, origin := range []service.Origin{service.OriginUser, service.OriginGroup} {
		list, err := d.store.Targets(ctx, svc, service.TargetQuery{Origin: origin, Limit: service.MaxSelected})
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			sel = append(sel, service.Selection{Person: t.Person, Origin: t.Origin, GroupID: t.GroupID})
		}
	}
	return sel, nil
}

// UpdateSelection replaces the selected people of a service that was granted
// access. With every other option there is no selection to change.
func (d *Directory) UpdateSelection(ctx context.Context, svc service.Service, sel []service.Selection) error {
	if err := d.changeable(ctx, svc); err != nil {
		return err
	}
	return d.StoreSelection(ctx, svc, sel)
}

// UpdateSites likewise replaces the selected sites.
func (d *Directory) UpdateSites(ctx context.Context, svc service.Service, sel []service.SiteSelection) error {
	if err := d.changeable(ctx, svc); err != nil {
		return err
	}
	return d.StoreSites(ctx, svc, sel)
}

func (d *Directory) changeable(ctx context.Context, svc service.Service) error {
	o, err := d.accounts.Organization(ctx)
	if err != nil {
		return err
	}
	if o.Option != service.OptionSelected {
		all, user, fresh := "users and groups", "users", "people"
		if svc.CoversSites() {
			all, user, fresh = "sites", "sites", "sites"
		}
		return &service.Error{Code: service.CodeOptionLocked, Message: "All " + all + " are synchronized: there are no selected " + user + " to change. Nothing was changed.",
			Help: "New " + fresh + " are protected, and removed ones released, by the synchronization."}
	}
	a, err := d.accounts.Account(ctx, svc)
	if err != nil {
		return err
	}
	if a.State != service.StateGranted {
		return &service.Error{Code: service.CodeInvalidTargets, Message: "Access to " + svc.Name() + " is not granted completely yet. Nothing was changed.",
			Help: "Finish Grant Access first; its step 2 asks for the targets."}
	}
	return nil
}
