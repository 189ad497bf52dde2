// Package amsi asks the virus scanner of this computer about content, through
// Windows' Antimalware Scan Interface. Other systems have none, which is a state
// of its own: never "clean".
package amsi

import "errors"

// Finding is what the scanner said.
type Finding struct {
	Infected bool
	Blocked  bool // an administrator's rule blocks it
}

// ErrUnavailable says that there is no scanner to ask: another system than
// Windows, or one where none is registered.
var ErrUnavailable = errors.New("amsi: not available on this computer")

// MostBytes is the largest content that is handed over: AMSI takes it as one
// buffer in memory.
const MostBytes = 16 << 20

// ErrTooLarge is content beyond MostBytes.
var ErrTooLarge = errors.New("amsi: the content is larger than is handed over")

// The results of AmsiScanBuffer, see
// https://learn.microsoft.com/en-us/windows/win32/api/amsi/ne-amsi-amsi_result
const (
	blockedFrom = 0x4000
	blockedTo   = 0x4FFF
	malware     = 0x8000
)

func finding(result uint32) Finding {
	return Finding{Infected: result >= malware, Blocked: result >= blockedFrom && result <= blockedTo}
}
