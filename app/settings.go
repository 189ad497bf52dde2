package app

import (
	"context"
	"regexp"

	"cloudappsecurity/service"
)

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// SignInAppID is the application through which an administrator signs in: the
// environment's, else the stored one, else Microsoft Graph Command Line Tools.
func (a *App) SignInAppID() string {
	if a.Config.SignInAppID != "" {
		return a.Config.SignInAppID
	}
	id, err := a.Store.Setting(context.Background(), service.SettingSignInAppID)
	if err != nil || id == "" {
		return service.DefaultSignInAppID
	}
	return id
}

func (a *App) signInApp() (id, name string) {
	id = a.SignInAppID()
	if id == service.DefaultSignInAppID {
		return id, "Microsoft Graph Command Line Tools"
	}
	return id, "your organization's sign-in application"
}

// SetSignInAppID stores the sign-in application; "" is the default again.
func (a *App) SetSignInAppID(ctx context.Context, id string) error {
	if id == service.DefaultSignInAppID {
		id = ""
	}
	if id != "" && !guid.MatchString(id) {
		return &service.Error{Code: service.CodeSignInAppInvalid, Message: "This is not an application ID.",
			Help: "An application ID looks like " + service.DefaultSignInAppID + ". Nothing was changed."}
	}
	if err := a.Store.SetSetting(ctx, service.SettingSignInAppID, id); err != nil {
		return err
	}
	a.Events.Settings.Emit()
	return nil
}

// SyncHour is the local time of day at which everyone is synchronized.
func (a *App) SyncHour(ctx context.Context) (service.TimeOfDay, error) {
	stored, err := a.Store.Setting(ctx, service.SettingSyncHour)
	if err != nil {
		return service.TimeOfDay{}, err
	}
	if hour, err := service.ParseTimeOfDay(stored); err == nil {
		return hour, nil
	}
	return service.DefaultSyncHour(), nil // as the loop takes it
}

// SetSyncHour stores it, such as "03:15"; "" is the default again.
func (a *App) SetSyncHour(ctx context.Context, text string) error {
	hour, err := service.ParseTimeOfDay(text)
	if err != nil {
		return err
	}
	if err := a.Store.SetSetting(ctx, service.SettingSyncHour, hour.String()); err != nil {
		return err
	}
	a.Events.Settings.Emit()
	return nil
}
