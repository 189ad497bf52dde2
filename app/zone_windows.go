package app

import (
	"time"

	"golang.org/x/sys/windows"
)

// localZone is the time zone of this computer now: Go reads it once, when a
// program starts, and people travel. While it says the same as at the start,
// it is that one, with its rules; else it is the offset of today.
func localZone() *time.Location {
	var info windows.Timezoneinformation
	kind, err := windows.GetTimeZoneInformation(&info)
	if err != nil {
		return time.Local
	}
	bias := info.Bias
	switch kind {
	case 1: // TIME_ZONE_ID_STANDARD
		bias += info.StandardBias
	case 2: // TIME_ZONE_ID_DAYLIGHT
		bias += info.DaylightBias
	}
	offset := -int(bias) * 60
	if _, at := time.Now().Zone(); at == offset {
		return time.Local
	}
	return time.FixedZone("Local", offset)
}
