package directory

import (
	"context"

	"cloudappsecurity/service"
)

// FirstCheck reads the mail folders of one protected person, or the root folder
// of one drive or site: the proof that the token may read. What turns out not
// to be there is recorded as such, and the next one is tried.
func (d *Directory) FirstCheck(ctx context.Context, svc service.Service) error {
	switch svc {
	case service.SharePointOnline:
		return d.checkSite(ctx, svc)
	case service.OneDrive:
		drives, err := d.drives(svc)
		if err != nil {
			return err
		}
		return d.checkPerson(ctx, svc, service.CodeNoDrive, func(t service.Target) error { return drives.CheckDrive(ctx, t.Drive.ID) },
			func(t *service.Target) error {
				t.DriveState, t.Drive = service.DriveNone, service.Drive{}
				return d.store.SetDrive(ctx, t.ID, t.DriveState, t.Drive, d.now())
			})
	default:
		g, err := d.graph(svc)
		if err != nil {
			return err
		}
		return d.checkPerson(ctx, svc, service.CodeNoMailbox, func(t service.Target) error { return g.CheckMailFolders(ctx, t.ID) },
			func(t *service.Target) error {
				t.Mailbox = service.MailboxNone
				return d.store.SetMailbox(ctx, t.ID, t.Mailbox)
			})
	}
}

// checkPerson reads what one protected person has. missing is the code of an
// answer that there is nothing; gone records it.
func (d *Directory) checkPerson(ctx context.Context, svc service.Service, missing service.Code, read func(service.Target) error, gone func(*service.Target) error) error {
	var none []service.Target
	result := nothingFound(svc)
	after := ""
	for range checks {
		target, err := d.store.FirstProtected(ctx, svc, after)
		if service.CodeOf(err) == service.CodeNotFound {
			break
		}
		if err != nil {
			return err
		}
		if err := read(target); service.CodeOf(err) != missing {
			result = err
			break
		}
		if err := gone(&target); err != nil {
			return err
		}
		none = append(none, target)
		after = target.ID
	}
	if len(none) > 0 {
		if err := d.coverAgain(ctx, svc, none); err != nil {
			return err
		}
		d.events.Targets.Emit()
	}
	return result
}

// checkSite reads one protected site. One that is locked or has just been
// deleted proves nothing, and the next one is tried.
func (d *Directory) checkSite(ctx context.Context, svc service.Service) error {
	sites, err := d.sites(svc)
	if err != nil {
		return err
	}
	result := nothingFound(svc)
	after := ""
	for range checks {
		target, err := d.store.FirstProtectedSite(ctx, svc, after)
		if service.CodeOf(err) == service.CodeNotFound {
			return result
		}
		if err != nil {
			return err
		}
		if result = sites.CheckSite(ctx, target.ID); result == nil || concernsAll(result) {
			return result
		}
		after = target.ID
	}
	return result
}

func nothingFound(svc service.Service) error {
	switch svc {
	case service.SharePointOnline:
		return &service.Error{Code: service.CodeNotFound, Message: "No site was found among those to protect.",
			Help: "Choose other sites, or look in the SharePoint admin center whether they are there."}
	case service.OneDrive:
		return &service.Error{Code: service.CodeNoDrive, Message: "No OneDrive was found among the people to protect.",
			Help: "Choose other people. A OneDrive is made when a person opens it for the first time."}
	default:
		return &service.Error{Code: service.CodeNoMailbox, Message: "No mailbox was found among the people to protect.",
			Help: "Choose other people, or check their licences in the Microsoft 365 admin center."}
	}
}
