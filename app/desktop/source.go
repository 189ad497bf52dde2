package desktop

import (
	"context"

	"cloudappsecurity/app"
	"cloudappsecurity/service"
	"cloudappsecurity/views/dashboard"
	"cloudappsecurity/views/settings"
	"cloudappsecurity/views/ui"
)

// organization is the stored one; an empty one before the first grant.
func (s *screens) organization(ctx context.Context) (service.Organization, error) {
	org, err := s.app.Store.Organization(ctx)
	if service.CodeOf(err) == service.CodeNotFound {
		return service.Organization{}, nil
	}
	return org, err
}

func (s *screens) states(ctx context.Context) ([]dashboard.ServiceState, error) {
	var list []dashboard.ServiceState
	for _, id := range service.Services() {
		a, err := s.app.Store.Account(ctx, id)
		if err != nil {
			return nil, err
		}
		counts, err := s.app.Store.TargetCounts(ctx, id)
		if err != nil {
			return nil, err
		}
		removal, err := s.app.Grants.Removal(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, dashboard.ServiceState{Removing: removal.Running, Account: a, Counts: counts, Sync: s.app.Grants.SyncProgress(id), Running: s.app.Grants.Progress(id).Running()})
	}
	return list, nil
}

// Overview implements dashboard.Source.
func (s *screens) Overview(ctx context.Context) (o dashboard.Overview, err error) {
	if o.Organization, err = s.organization(ctx); err != nil {
		return o, err
	}
	if o.Services, err = s.states(ctx); err != nil {
		return o, err
	}
	o.Latest, err = s.app.Store.Notifications(ctx, 0, 10)
	return o, err
}

// noted is the store of notifications: what is read there changes the bell.
type noted struct{ s *screens }

func (n noted) Notifications(ctx context.Context, offset, limit int) ([]service.Notification, error) {
	return n.s.app.Store.Notifications(ctx, offset, limit)
}

func (n noted) MarkRead(ctx context.Context, ids ...int64) error {
	err := n.s.app.Store.MarkRead(ctx, ids...)
	if err == nil {
		n.s.app.Events.Notifications.Emit()
	}
	return err
}

// Values implements settings.Source.
func (s *screens) Values(ctx context.Context) (settings.Values, error) {
	id, err := s.app.Store.Setting(ctx, service.SettingSignInAppID)
	if err != nil {
		return settings.Values{}, err
	}
	hour, err := s.app.SyncHour(ctx)
	v := settings.Values{SignInAppID: id, SyncHour: hour.String(), Variant: storedVariant(s.app), DataFolder: s.app.Folder.Dir(),
		Demo: s.app.Config.Demo, Version: s.app.Config.Version}
	if s.app.Config.SignInAppID != "" {
		v.SignInAppID, v.SignInAppFrom = s.app.Config.SignInAppID, "CAS_SIGN_IN_APP_ID"
	}
	return v, err
}

// SetSignInAppID implements settings.Source.
func (s *screens) SetSignInAppID(ctx context.Context, id string) error {
	return s.app.SetSignInAppID(ctx, id)
}

// SetSyncHour implements settings.Source.
func (s *screens) SetSyncHour(ctx context.Context, hour string) error {
	return s.app.SetSyncHour(ctx, hour)
}

// SetVariant implements settings.Source.
func (s *screens) SetVariant(ctx context.Context, v ui.Variant) error {
	return s.app.Store.SetSetting(ctx, service.SettingTheme, map[ui.Variant]string{ui.VariantLight: "light", ui.VariantDark: "dark"}[v])
}

func storedVariant(a *app.App) ui.Variant {
	name, err := a.Store.Setting(context.Background(), service.SettingTheme)
	if err != nil {
		a.Config.Log.Warn("reading the theme", "error", err)
	}
	switch name {
	case "light":
		return ui.VariantLight
	case "dark":
		return ui.VariantDark
	default:
		return ui.VariantSystem
	}
}

// waiting counts the synchronizations which wait for the connection: those under
// way, and daily ones whose hour has come.
func (s *screens) waiting() (n int, err error) {
	for _, svc := range service.Services() {
		plan, err := s.app.Daily.Plan(s.ctx, svc)
		if err != nil {
			return 0, err
		}
		if plan.Due || s.app.Grants.SyncProgress(svc).Waiting != "" {
			n++
		}
	}
	return n, nil
}
