package cli

import (
	"context"
	"errors"
	"io"

	"cloudappsecurity/service/amsi"
	"cloudappsecurity/service/clamav"
	"cloudappsecurity/service/inspect"
	"cloudappsecurity/service/inspect/budget"
)

// clamd lets the engine ask a ClamAV daemon.
type clamd struct{ daemon *clamav.Scanner }

var (
	_ inspect.Scanner = clamd{}
	_ inspect.Scanner = computer{}
)

func (clamd) Name() string { return "clamd" }

func (c clamd) Scan(ctx context.Context, r io.Reader) (found string, err error) {
	f, err := c.daemon.Scan(ctx, r)
	if errors.Is(err, clamav.ErrTooLarge) {
		return "", errors.Join(err, &budget.Error{Reason: budget.TooLarge})
	}
	if err == nil && f.Infected && f.Signature == "" {
		return "unnamed", nil
	}
	return f.Signature, err
}

// computer lets the engine ask the virus scanner of this computer, by AMSI.
type computer struct{ scanner *amsi.Scanner }

func (computer) Name() string { return "this computer's antivirus" }

func (c computer) Scan(_ context.Context, r io.Reader) (found string, err error) {
	content, err := io.ReadAll(io.LimitReader(r, amsi.MostBytes+1))
	if err != nil {
		return "", err
	}
	f, err := c.scanner.Scan(content, "")
	switch {
	case errors.Is(err, amsi.ErrTooLarge):
		return "", errors.Join(err, &budget.Error{Reason: budget.TooLarge})
	case err != nil:
		return "", err
	case f.Infected:
		return "malware", nil // AMSI names none
	case f.Blocked:
		return "blocked by an administrator's rule", nil
	}
	return "", nil
}
