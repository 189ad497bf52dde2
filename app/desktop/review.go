package desktop

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"cloudappsecurity/service"
	"cloudappsecurity/service/directory"
	"cloudappsecurity/views/review"
	"cloudappsecurity/views/ui"
)

// reviewed is what the Targets screen reads. It asks the store alone, so that
// the screen is the same offline.
type reviewed struct{ s *screens }

// Page implements review.Source.
func (r reviewed) Page(ctx context.Context, svc service.Service, q service.TargetQuery) (p review.Page, err error) {
	if svc.CoversSites() {
		return r.sites(ctx, svc, q)
	}
	if p.Count, err = r.s.app.Store.CountTargets(ctx, svc, q); err != nil {
		return p, err
	}
	list, err := r.s.app.Store.Targets(ctx, svc, q)
	for _, t := range list {
		p.Rows = append(p.Rows, review.Row{Name: t.Name(), Address: t.UserPrincipalName, ID: t.ID, Kind: kindOf(svc, t.Person),
			Protected: t.Protected, Reason: t.Reason, Origin: t.Origin, SeenAt: t.SeenAt})
	}
	return p, err
}

func (r reviewed) sites(ctx context.Context, svc service.Service, q service.TargetQuery) (p review.Page, err error) {
	if p.Count, err = r.s.app.Store.CountSiteTargets(ctx, svc, q); err != nil {
		return p, err
	}
	list, err := r.s.app.Store.SiteTargets(ctx, svc, q)
	for _, t := range list {
		kind := "Site collection"
		if t.Subsites > 0 {
			kind += " with " + ui.Counted(t.Subsites, "subsite", "subsites")
		}
		p.Rows = append(p.Rows, review.Row{Name: t.Name(), Address: t.URL, ID: t.ID, Kind: kind,
			Protected: t.Protected, Reason: t.Reason, Origin: t.Origin, SeenAt: t.SeenAt})
	}
	return p, err
}

// Export implements review.Source.
func (r reviewed) Export(ctx context.Context, svc service.Service, q service.TargetQuery, path string) (int, error) {
	if svc.CoversSites() {
		return directory.ExportSites(ctx, r.s.app.Store, svc, q, path)
	}
	return directory.ExportTargets(ctx, r.s.app.Store, svc, q, path)
}

// kindOf is what a person has in the service.
func kindOf(svc service.Service, p service.Person) string {
	if svc != service.OneDrive {
		return mailboxKind(p.Mailbox)
	}
	switch p.DriveState {
	case service.DrivePresent:
		return "OneDrive"
	case service.DriveNone:
		return "No OneDrive"
	default:
		return "Unknown"
	}
}

func mailboxKind(m service.Mailbox) string {
	switch m {
	case service.MailboxUser:
		return "User mailbox"
	case service.MailboxShared:
		return "Shared mailbox"
	case service.MailboxRoom:
		return "Room mailbox"
	case service.MailboxEquipment:
		return "Equipment mailbox"
	case service.MailboxNone:
		return "No mailbox"
	default:
		return "Unknown"
	}
}

// chooseFile asks where to save a CSV file.
func (s *screens) chooseFile(name string, chosen func(path string)) {
	d := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		if err != nil || w == nil {
			return // canceled, or Fyne has shown why not
		}
		path := w.URI().Path()
		_ = w.Close() // nothing was written: the export replaces the file when it is whole
		chosen(path)
	}, s.d.window)
	d.SetFileName(name)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".csv"}))
	d.Show()
}
