//go:build !windows

package app

import (
	"os"
	"time"
)

// localZone is the time zone of this computer now: Go reads it once, when a
// program starts, and people travel.
func localZone() *time.Location {
	if _, set := os.LookupEnv("TZ"); set {
		return time.Local
	}
	rules, err := os.ReadFile("/etc/localtime")
	if err != nil {
		return time.Local
	}
	zone, err := time.LoadLocationFromTZData("Local", rules)
	if err != nil {
		return time.Local
	}
	return zone
}
