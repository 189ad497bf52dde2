package service

// The keys of stored settings.
const (
	SettingSignInAppID = "sign_in_app_id" // GUID; empty: DefaultSignInAppID
	SettingTheme       = "theme"          // "light", "dark" or empty for the system's
)
