package keyring

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"

	"cloudappsecurity/service"
)

// What is wrong with the keyring, apart from the operating system.
type problem int

const (
	missing   problem = iota // there is none, or it can't be reached
	locked                   // it is there and does not open
	silent                   // it does not answer
	malformed                // it holds something else under our name
)

// explain translates a failure of the keyring, on the operating system goos,
// into words and what to do there. An unknown failure counts as a keyring that
// can't be used; never is it a reason to do without.
func explain(goos string, err error) *service.Error {
	if errors.Is(err, context.Canceled) {
		return service.AsError(err)
	}
	e := &service.Error{Cause: err}
	switch diagnose(goos, err) {
	case malformed:
		e.Code = service.CodeKeyLost
		e.Message = "The keyring holds something else where the key of this computer should be. It is left as it is."
		e.Help = "Remove the entry of Cloud App Security in " + place(goos) + ", then grant access again: that makes a new key and a new certificate. Nothing else is lost."
	case silent:
		e.Code = service.CodeKeyringLocked
		e.Message = "The keyring of this computer does not answer in time. Nothing is lost."
		e.Help = "It may be asking for its password in a window behind this one. Answer it, then try again."
	case locked:
		e.Code = service.CodeKeyringLocked
		e.Message = "The keyring of this computer is locked. Nothing is lost."
		switch goos {
		case "darwin":
			e.Help = "Unlock the login keychain in Keychain Access, allow Cloud App Security to use it, then try again."
		case "windows":
			e.Help = "Sign in to Windows with your password, then try again."
		default:
			e.Help = "Unlock the login keyring in Passwords and Keys, then try again. If there is none, add a password keyring there and make it the default."
		}
	default:
		e.Code = service.CodeKeyringMissing
		e.Message = "This computer has no keyring that can be used now, and the private key is never stored without one. Nothing is lost."
		switch goos {
		case "darwin":
			e.Help = "Start the program from the desktop of a signed-in person whose login keychain is there, then try again."
		case "windows":
			e.Help = "Start the program from the desktop of a signed-in person, so that Windows Credential Manager is there, then try again."
		default:
			e.Help = "Install gnome-keyring or KWallet and start the program within a desktop session, or on a server within dbus-run-session with the keyring unlocked, then try again."
		}
	}
	return e
}

// place is where people look into their keyring.
func place(goos string) string {
	switch goos {
	case "darwin":
		return "Keychain Access"
	case "windows":
		return "Credential Manager"
	default:
		return "Passwords and Keys"
	}
}

func keyLost(cause error) *service.Error {
	return &service.Error{
		Code:    service.CodeKeyLost,
		Message: "The key of this computer is gone from its keyring, so the certificate of this service can't be used.",
		Help:    "Grant access again: that makes a new key and a new certificate. Nothing else is lost.",
		Cause:   cause,
	}
}

func damaged(cause error) *service.Error {
	return &service.Error{
		Code:    service.CodeKeyLost,
		Message: "The private key of this service is damaged in the data folder, or belongs to another application.",
		Help:    "Grant access again: that makes a new certificate. Nothing else is lost.",
		Cause:   cause,
	}
}

func diagnose(goos string, err error) problem {
	switch {
	case errors.Is(err, errMalformed):
		return malformed
	case errors.Is(err, errNoAnswer), errors.Is(err, context.DeadlineExceeded):
		return silent
	case errors.Is(err, errNotKept):
		return locked // the question to unlock it was dismissed
	}
	switch goos {
	case "darwin":
		return diagnoseMacOS(err)
	case "windows":
		return missing
	default:
		return diagnoseSecretService(err)
	}
}

// diagnoseMacOS reads the exit status of security(1), the low byte of an
// OSStatus: https://developer.apple.com/documentation/security/security-framework-result-codes
func diagnoseMacOS(err error) problem {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return missing
	}
	return diagnoseMacOSStatus(exit.ExitCode())
}

func diagnoseMacOSStatus(status int) problem {
	switch status {
	case 36, // errSecInteractionNotAllowed, -25308
		51,  // errSecAuthFailed, -25293
		128: // errSecUserCanceled, -128
		return locked
	default: // 37 errSecNoDefaultKeychain, 50 errSecNoSuchKeychain, 53 errSecNotAvailable …
		return missing
	}
}

// diagnoseSecretService tells the failures of the Secret Service apart, by the
// names of D-Bus and of
// https://specifications.freedesktop.org/secret-service-spec/latest/errors.html.
// That an unlocking was dismissed, go-keyring says in words only.
func diagnoseSecretService(err error) problem {
	if e, ok := errors.AsType[dbus.Error](err); ok {
		switch e.Name {
		case "org.freedesktop.Secret.Error.IsLocked":
			return locked
		case "org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout", "org.freedesktop.DBus.Error.TimedOut":
			return silent
		default: // ServiceUnknown, Spawn.*, NameHasNoOwner, Disconnected, AccessDenied, NoSuchObject …
			return missing
		}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, exec.ErrNotFound) {
		return missing // no bus
	}
	if strings.Contains(err.Error(), "failed to unlock correct collection") {
		return locked
	}
	return missing
}
