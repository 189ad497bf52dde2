// Package policy is the screens of the policies: for Advanced Threat Protection and for Data Loss Prevention a list of each
// service, by priority, and the editor of one policy.
package policy

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"cloudappsecurity/service"
	"cloudappsecurity/views/ui"
)

// ServiceState is what the screens need to know of a service.
type ServiceState struct {
	Account service.Account
	Option  service.Option // the organization's
}

// Found is a person, group or site that a search found.
type Found struct {
	Target service.PolicyTarget
	Detail string // the address of a person or site; of a group what it is
}

// Answer is which policy a person or site gets.
type Answer struct {
	Match        service.Match
	NotProtected service.Exclusion // why the service does not protect them at all
}

// Source keeps the policies and answers from what was synchronized, without a network.
type Source interface {
	State(ctx context.Context, s service.Service) (ServiceState, error)
	Policies(ctx context.Context, s service.Service, k service.PolicyKind) ([]service.Policy, error)
	SavePolicy(ctx context.Context, p service.Policy) (service.Policy, error)
	MovePolicy(ctx context.Context, id int64, priority int) error
	SetPolicyOn(ctx context.Context, id int64, on bool) error
	DeletePolicy(ctx context.Context, id int64) error
	// Find looks for people or sites, and for groups where those are wanted too.
	Find(ctx context.Context, s service.Service, text string, groups bool) ([]Found, error)
	// Who tells which policy a person or site that Find gave gets.
	Who(ctx context.Context, s service.Service, k service.PolicyKind, f Found) (Answer, error)
}

// Synchronizer synchronizes all targets of a service by hand.
type Synchronizer interface {
	Synchronize(s service.Service) error
	CancelSync(s service.Service)
	SyncProgress(s service.Service) service.SyncProgress
}

// Options builds the screens.
type Options struct {
	Context context.Context
	Kind    service.PolicyKind
	Source  Source
	Sync    Synchronizer
	Online  func() bool
	Canvas  fyne.Canvas
	Now     func() time.Time
	// Loader is for tests; nil loads off the main thread.
	Loader *ui.Loader
	// OnEdit shows an editor in the place of the list, and OnList the list again.
	OnEdit func(*Editor)
	OnList func()
	// OnGrant shows where a service is granted.
	OnGrant func()
}

func (o Options) loader() *ui.Loader {
	if o.Loader != nil {
		return o.Loader
	}
	return &ui.Loader{}
}
