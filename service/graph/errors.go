package graph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/url"
	"strings"

	"cloudappsecurity/service"
)

// untrusted says whether err is a certificate that this computer doesn't trust.
func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// plain is the text of err without the query of an address: it may hold names
// or a delta token.
func plain(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

// answer gives the refusal within err, nil if there is none.
func answer(err error) *answerError {
	if a, ok := errors.AsType[*answerError](err); ok {
		return a
	}
	return nil
}

func status(err error) int {
	if a := answer(err); a != nil {
		return a.Status
	}
	return 0
}

// fail is the wall: it gives err in words for people and writes its cause to
// the log. what says what was being done, for the log and for a failure that
// nothing better is known of.
func (c *Client) fail(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	e := translate(ctx, what, err)
	if e.Code != service.CodeCanceled {
		attrs := []slog.Attr{slog.String("what", what), slog.String("code", string(e.Code)), slog.String("error", plain(err))}
		if a := answer(err); a != nil {
			attrs = append(attrs, slog.Int("status", a.Status), slog.String("graph_code", a.Code),
				slog.String("graph_message", a.Message), slog.String("request_id", a.RequestID))
		}
		c.log.LogAttrs(ctx, slog.LevelWarn, "graph failed", attrs...)
	}
	return e
}

func translate(ctx context.Context, what string, err error) *service.Error {
	if own, ok := errors.AsType[*service.Error](err); ok {
		return own
	}
	// Not asked of err: a timeout of the network also is context.DeadlineExceeded.
	if ctx.Err() != nil {
		return service.AsError(ctx.Err())
	}
	if a := answer(err); a != nil {
		return translateAnswer(what, a)
	}
	say := func(code service.Code, message, help string) *service.Error {
		return &service.Error{Code: code, Message: message, Help: help, Cause: err}
	}
	var sent *url.Error // of net/http: no answer came
	switch {
	case errors.Is(err, errForeign):
		return say(service.CodeInternal, "Microsoft 365 named an address outside Microsoft Graph. Nothing was sent there.", "Try again. If it stays, the network may alter the answers of Microsoft 365.")
	case untrusted(err):
		return say(service.CodeUnavailable, "The connection to Microsoft 365 is not trusted by this computer. Nothing was sent.", "Set this computer's clock. If the network inspects connections, its certificate has to be installed on this computer.")
	case errors.Is(err, errSlow):
		return say(service.CodeUnavailable, "Microsoft 365 did not answer in time.", "Nothing was lost. Try again in a few minutes.")
	case errors.As(err, &sent):
		return say(service.CodeOffline, "Microsoft 365 can't be reached.", "Nothing was lost. Check the network connection and try again.")
	default:
		return say(service.CodeInternal, "The answer of Microsoft 365 could not be read while "+what+". Nothing of it was stored.", "Try again. The log in the data folder says more.")
	}
}

func translateAnswer(what string, a *answerError) *service.Error {
	say := func(code service.Code, message, help string) *service.Error {
		return &service.Error{Code: code, Message: message, Help: help, Cause: a}
	}
	switch {
	// A delta starts over: https://learn.microsoft.com/graph/delta-query-overview#synchronization-reset.
	// An expired next link is refused with 400 Directory_ExpiredPageToken.
	case a.Status == 410 || a.is("resyncRequired", "syncStateNotFound", "syncStateInvalid", "Directory_ExpiredPageToken"):
		return say(service.CodeResync, "Microsoft 365 asks to read the list from the beginning.", "Nothing was lost. It is read again.")
	case a.Status == 401:
		return say(service.CodeUnauthorized, "Microsoft 365 does not accept the access token.", "Grant access again.")
	case a.Status == 403:
		return say(service.CodeForbidden, "Microsoft 365 refused access while "+what+".", "Grant access again. If it stays, a policy of the organization forbids it.")
	// Graph has no code for it: https://github.com/alcionai/corso, graph/errors.go.
	case strings.Contains(strings.ToLower(a.Message), "spo license"):
		return say(service.CodeForbidden, "This organization has no licence for SharePoint Online.", "Without one there are neither sites nor OneDrive to protect.")
	// SharePoint, of a site that an administrator locked or archived.
	case a.Status == 423 || a.is("resourceLocked"):
		return say(service.CodeForbidden, "Microsoft 365 refused access while "+what+": it is locked.", "An administrator has to unlock it in the SharePoint admin center.")
	case a.Status == 404:
		return say(service.CodeNotFound, "Microsoft 365 found nothing while "+what+".", "It may have been removed. Synchronize again.")
	case a.Status == 429:
		return say(service.CodeThrottled, "Microsoft 365 asks to slow down.", "Nothing was lost. Try again in a few minutes.")
	case a.Status >= 500:
		return say(service.CodeUnavailable, "Microsoft 365 does not answer at the moment.", "Nothing was lost. Try again in a few minutes.")
	default:
		return say(service.CodeInternal, "Microsoft 365 refused a request while "+what+".", "Try again. The log in the data folder says more.")
	}
}
