package directory

import (
	"context"
	"log/slog"
	"time"

	"cloudappsecurity/service"
)

// lookAgain is how much of a day has to pass before people without a drive are
// asked about again: less than the 23 hours between two daily synchronizations
// across daylight saving.
const lookAgain = 20 * time.Hour

// asks is how a service is asked about one person whom no plan tells enough of:
// Exchange Online for the kind of mailbox, OneDrive for the drive.
type asks struct {
	phase service.SyncPhase
	// unknown says whether it has to be asked about somebody.
	unknown func(service.Person) bool
	// ask fills in the answer. Without one somebody stays unknown: they must not
	// keep the others waiting. An error concerns all.
	ask func(ctx context.Context, p *service.Person) error
	// whom gives whom a synchronization asks about, save stores an answer.
	whom func(ctx context.Context) ([]service.Person, error)
	save func(ctx context.Context, p service.Person) error
}

func (d *Directory) asks(svc service.Service) (asks, error) {
	if svc == service.OneDrive {
		return d.asksOneDrive(svc)
	}
	return d.asksExchange(svc)
}

func (d *Directory) asksExchange(svc service.Service) (asks, error) {
	g, err := d.graph(svc)
	if err != nil {
		return asks{}, err
	}
	return asks{
		phase: service.SyncMailboxes,
		unknown: func(p service.Person) bool {
			return !p.Guest && !p.Removed && (p.Mailbox == service.MailboxUnknown || p.Mailbox == "")
		},
		ask: func(ctx context.Context, p *service.Person) error {
			kind, err := g.Mailbox(ctx, p.ID)
			if err == nil {
				p.Mailbox = kind
			}
			return d.unanswered(ctx, "mailbox", p.ID, err)
		},
		whom: func(ctx context.Context) ([]service.Person, error) { return all(ctx, d.store.UnresolvedMailboxes) },
		save: func(ctx context.Context, p service.Person) error { return d.store.SetMailbox(ctx, p.ID, p.Mailbox) },
	}, nil
}

func (d *Directory) asksOneDrive(svc service.Service) (asks, error) {
	drives, err := d.drives(svc)
	if err != nil {
		return asks{}, err
	}
	return asks{
		phase: service.SyncDrives,
		unknown: func(p service.Person) bool {
			return !p.Guest && !p.Removed && (p.DriveState == service.DriveUnknown || p.DriveState == "")
		},
		ask: func(ctx context.Context, p *service.Person) error {
			drive, err := drives.Drive(ctx, p.ID)
			switch {
			case err == nil:
				p.DriveState, p.Drive = service.DrivePresent, drive
			case service.CodeOf(err) == service.CodeNoDrive:
				p.DriveState, p.Drive = service.DriveNone, service.Drive{}
				err = nil
			}
			return d.unanswered(ctx, "drive", p.ID, err)
		},
		// There is no delta of drives: the new and newly licensed are asked about,
		// and of those without one a seventh each day.
		whom: func(ctx context.Context) ([]service.Person, error) {
			missing, err := d.store.MissingDrives(ctx, d.now().Add(-lookAgain))
			if err != nil {
				return nil, err
			}
			for i := range missing {
				missing[i].DriveState = service.DriveUnknown
			}
			fresh, err := all(ctx, d.store.UnresolvedDrives)
			return append(fresh, missing...), err
		},
		save: func(ctx context.Context, p service.Person) error {
			return d.store.SetDrive(ctx, p.ID, p.DriveState, p.Drive, d.now())
		},
	}, nil
}

// unanswered gives err if it concerns all, and notes it else.
func (d *Directory) unanswered(ctx context.Context, what, id string, err error) error {
	if err == nil || concernsAll(err) {
		return err
	}
	d.log.LogAttrs(ctx, slog.LevelWarn, what+" stays unknown", slog.String("user", id), slog.String("code", string(service.CodeOf(err))))
	return nil
}

// all reads every page of a list that is in order of ID.
func all(ctx context.Context, read func(ctx context.Context, after string, limit int) ([]service.Person, error)) (list []service.Person, err error) {
	const batch = 500
	for after := ""; ; {
		people, err := read(ctx, after, batch)
		if err != nil {
			return nil, err
		}
		list = append(list, people...)
		if len(people) < batch {
			return list, nil
		}
		after = people[len(people)-1].ID
	}
}
