package service

import (
	"context"
	"errors"
	"time"
)

// Code names a failure for programs: casctl prints it, screens branch on it.
type Code string

// The codes. What each means to people stands in the messages.
const (
	CodeNotFound          Code = "not_found"
	CodeInternal          Code = "internal"
	CodeCanceled          Code = "canceled"
	CodeTimeout           Code = "timeout"             // nobody finished in the browser in time
	CodeDeclined          Code = "declined"            // Cancel on one of Microsoft's screens (AADSTS65004)
	CodeNotAdministrator  Code = "not_administrator"   // AADSTS90094, 90095, or 403 on the application
	CodeWrongTenant       Code = "wrong_tenant"        // another organization than before (AADSTS50020)
	CodeNotAssigned       Code = "not_assigned"        // AADSTS50105
	CodeMultiFactor       Code = "multi_factor"        // AADSTS50076, 50079
	CodeConditionalAccess Code = "conditional_access"  // AADSTS53003, 530035
	CodeSignInExpired     Code = "sign_in_expired"     // AADSTS50173, 700082, 70043, 70008
	CodeSignInFailed      Code = "sign_in_failed"      // any other refusal at sign-in
	CodeUnknownTenant     Code = "unknown_tenant"      // AADSTS90002
	CodeSignInAppInvalid  Code = "sign_in_app_invalid" // the configured sign-in application isn't usable
	CodeConsentMissing    Code = "consent_missing"     // AADSTS65001, 650056, or roles missing from the token
	CodeAppMissing        Code = "app_missing"         // AADSTS700016 past the waiting time
	CodeAppDisabled       Code = "app_disabled"        // AADSTS7000112, 70001
	CodePrincipalMissing  Code = "principal_missing"   // AADSTS7000229
	CodeCertificate       Code = "certificate"         // AADSTS700027: the certificate isn't accepted
	CodeClock             Code = "clock"               // AADSTS700024: this computer's clock is off
	CodeCredentialPolicy  Code = "credential_policy"   // the tenant's policy forbids the certificate
	CodeReplication       Code = "replication"         // the tenant did not show the new objects in time
	CodeMoveRequired      Code = "move_required"       // another computer protects this service
	CodeNoBrowser         Code = "no_browser"
	CodeOffline           Code = "offline"
	CodeThrottled         Code = "throttled"
	CodeUnavailable       Code = "unavailable" // 5xx
	CodeForbidden         Code = "forbidden"   // 403 where a permission should have been enough
	CodeUnauthorized      Code = "unauthorized"
	CodeResync            Code = "resync" // 410: the delta link expired, start over
	CodeNoMailbox         Code = "no_mailbox"
	CodeNoDrive           Code = "no_drive"
	CodeHiddenMembers     Code = "hidden_members"
	CodeKeyringMissing    Code = "keyring_missing"
	CodeKeyringLocked     Code = "keyring_locked"
	CodeKeyLost           Code = "key_lost" // the keyring's key doesn't open the sealed private key
	CodeStore             Code = "store"    // the data folder can't be read or written
	CodeLocked            Code = "locked"   // another process writes to the data folder
	CodeInvalidTargets    Code = "invalid_targets"
	CodeTooManyTargets    Code = "too_many_targets"
	CodeOptionLocked      Code = "option_locked"
	CodeInvalidTime       Code = "invalid_time"
	CodeInvalidPolicy     Code = "invalid_policy"
	CodeInvalidIdentifier Code = "invalid_identifier" // a data loss identifier of the administrator's own
	CodeNotGranted        Code = "not_granted"
	CodeRemoving          Code = "removing"    // the service is being removed: that has to be finished first
	CodeUnsupported       Code = "unsupported" // this version can't do it
)

// Error is a failure with words for people. Only the log sees the cause.
type Error struct {
	Code    Code
	Message string // what happened, and whether anything was lost
	Help    string // what to do
	AADSTS  string // Microsoft's code as help, such as "AADSTS65004"; may be empty
	Cause   error
}

// Error is the message alone: a cause could hold what must not be shown.
func (e *Error) Error() string {
	if e.AADSTS != "" {
		return e.Message + " (" + e.AADSTS + ")"
	}
	return e.Message
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// Transient says that the failure can pass by itself while the tenant
// replicates, or once the network or Microsoft recovers: new objects come and
// go for seconds to minutes after they were made. Who retries sets the limit;
// past it the error stands as it is.
func (e *Error) Transient() bool {
	switch e.Code {
	case CodeAppMissing, CodeCertificate, CodePrincipalMissing, CodeConsentMissing, CodeReplication,
		CodeThrottled, CodeUnavailable, CodeOffline:
		return true
	default:
		return false
	}
}

// RetryAfter gives how long the other side asked to wait, 0 if it did not: a
// cause tells it by a method RetryAfter() time.Duration.
func RetryAfter(err error) time.Duration {
	var r interface{ RetryAfter() time.Duration }
	if errors.As(err, &r) {
		return r.RetryAfter()
	}
	return 0
}

// CodeOf gives the code of err: "" for nil, CodeInternal where none is carried.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if errors.Is(err, context.Canceled) {
		return CodeCanceled
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return CodeTimeout
	}
	return CodeInternal
}

// AsError gives err as an *Error; one without a code becomes CodeInternal with
// a general sentence, so that nothing raw is ever shown.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	switch CodeOf(err) {
	case CodeCanceled:
		return &Error{Code: CodeCanceled, Message: "Canceled.", Help: "Nothing was lost. Start again when you are ready.", Cause: err}
	case CodeTimeout:
		return &Error{Code: CodeTimeout, Message: "It took too long.", Help: "Nothing was lost. Try again.", Cause: err}
	default:
		return &Error{Code: CodeInternal, Message: "Something unexpected happened.", Help: "Nothing was lost. Try again; the log in the data folder says more.", Cause: err}
	}
}

// NotFound is the error of a look-up without result.
func NotFound(what string) *Error {
	return &Error{Code: CodeNotFound, Message: what + " was not found."}
}
