package desktop

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// trayHost asks the session bus whether a host shows the icons of a tray.
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
func trayHost() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer func() { _ = bus.Close() }()
	watcher := bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher")
	var registered dbus.Variant
	err = watcher.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		"org.kde.StatusNotifierWatcher", "IsStatusNotifierHostRegistered").Store(&registered)
	if err != nil {
		return false
	}
	answer, ok := registered.Value().(bool)
	return ok && answer
}
