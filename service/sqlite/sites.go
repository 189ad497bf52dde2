package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service"

	"golang.org/x/text/unicode/norm"
)

const siteColumns = "s.id, s.url, s.title, s.parent_id, s.personal, s.removed, s.seen_at"

func siteFields(site *service.Site, seen *sql.NullInt64) []any {
	return []any{&site.ID, &site.URL, &site.Title, &site.ParentID, &site.Personal, &site.Removed, seen}
}

func scanSite(rows *sql.Rows) (site service.Site, err error) {
	var seen sql.NullInt64
	err = rows.Scan(siteFields(&site, &seen)...)
	site.SeenAt = instant(seen)
	return site, err
}

// mergeSite is a site after a delta brought in. A row without an address is
// partial, and adds to what is known. Being brought at all means being there.
func mergeSite(old, in service.Site) service.Site {
	site := in
	site.Removed = false
	if in.URL == "" {
		site.URL, site.Title = old.URL, cmp.Or(in.Title, old.Title)
		site.ParentID, site.Personal = cmp.Or(in.ParentID, old.ParentID), in.Personal || old.Personal
	}
	return site
}

// mergeSelectedSite is a site after being selected as in.
func mergeSelectedSite(old, in service.Site) service.Site {
	site := mergeSite(old, in)
	site.Removed = in.Removed
	return site
}

// storeSites merges sites into the store. Their SeenAt is the caller's.
func (s *Store) storeSites(ctx context.Context, tx *sql.Tx, sites []service.Site, merge func(old, in service.Site) service.Site) error {
	list, err := ids(sites, func(s service.Site) string { return s.ID })
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+siteColumns+" FROM site s WHERE s.id IN (SELECT value FROM json_each(?))", list)
	old, err := collect(rows, err, scanSite)
	if err != nil {
		return err
	}
	known := make(map[string]service.Site, len(sites))
	for _, o := range old {
		known[o.ID] = o
	}
	for _, in := range sites {
		site := merge(known[in.ID], in) // a page may bring a site twice
		known[in.ID] = site
		_, err := tx.ExecContext(ctx, `INSERT INTO site (id, url, title, parent_id, personal, removed, seen_at, sort_key, words, url_key)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET url = excluded.url, title = excluded.title, parent_id = excluded.parent_id, personal = excluded.personal,
				removed = excluded.removed, seen_at = excluded.seen_at, sort_key = excluded.sort_key, words = excluded.words, url_key = excluded.url_key`,
			site.ID, site.URL, site.Title, site.ParentID, site.Personal, site.Removed, micros(site.SeenAt),
			s.names.key(site.Name()), siteWords(site), fold(site.URL))
		if err != nil {
			return err
		}
	}
	return nil
}

// siteWords is what the search looks through: the title, and the end of the
// address, which is how many call the site.
func siteWords(site service.Site) string {
	address := strings.TrimRight(site.URL, "/")
	return split(site.Title + "\n" + address[strings.LastIndexByte(address, '/')+1:])
}

// split gives the words of text, without marks on letters, a blank before each.
func split(text string) string {
	var b strings.Builder
	apart := true
	for _, r := range norm.NFD.String(searchable(text)) {
		switch {
		case r >= 0x300 && r <= 0x36f: // the accents of Latin, Greek and Cyrillic
		case wordRune(r):
			if apart {
				b.WriteByte(' ')
			}
			apart = false
			b.WriteRune(r)
		default:
			apart = true
		}
	}
	return norm.NFC.String(b.String())
}

// ApplySites implements service.SiteStore.
func (s *Store) ApplySites(ctx context.Context, of service.Service, p service.SitePage, now time.Time) error {
	sites := slices.Clone(p.Sites)
	for i := range sites {
		sites[i].SeenAt = now
	}
	sites = slices.DeleteFunc(sites, func(s service.Site) bool { return s.ID == "" || s.ID == s.ParentID })
	store := func(tx *sql.Tx, c cursor) error {
		if err := s.storeSites(ctx, tx, sites, mergeSite); err != nil {
			return err
		}
		list, err := ids(sites, func(s service.Site) string { return s.ID })
		if err != nil {
			return err
		}
		gone, err := ids(p.Removed, func(r service.Removal) string { return r.ID })
		if err != nil {
			return err
		}
		return execAll(ctx, tx,
			query{`INSERT INTO site_seen (service, site_id, round) SELECT ?, value, ? FROM json_each(?) WHERE true
				ON CONFLICT DO UPDATE SET round = excluded.round WHERE round <> excluded.round`, []any{of, c.Round, list}},
			query{"UPDATE site SET removed = 1 WHERE removed = 0 AND id IN (SELECT value FROM json_each(?))", []any{gone}},
			query{"DELETE FROM site_seen WHERE service = ? AND site_id IN (SELECT value FROM json_each(?))", []any{of, gone}},
			// Subsites go with theirs, whether or not the page says so.
			query{"UPDATE site SET removed = 1 WHERE removed = 0 AND parent_id IN (SELECT value FROM json_each(?))", []any{gone}})
	}
	// As with people: a full round tells of every site known when it began.
	begin := func(tx *sql.Tx, _ cursor) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO site_seen (service, site_id, round) SELECT ?, id, 0 FROM site WHERE removed = 0
			ON CONFLICT DO NOTHING`, of)
		return err
	}
	end := func(tx *sql.Tx, c cursor) error {
		return execAll(ctx, tx,
			query{"UPDATE site SET removed = 1 WHERE removed = 0 AND id IN (SELECT site_id FROM site_seen WHERE service = ? AND round < ?)", []any{of, c.Round}},
			query{"DELETE FROM site_seen WHERE service = ? AND round < ?", []any{of, c.Round}})
	}
	return s.page(ctx, of, service.ResourceSites, p.Next, p.Delta, now, begin, store, end)
}

// LivingSites implements service.SiteStore.
func (s *Store) LivingSites(ctx context.Context, siteIDs []string) ([]string, error) {
	list, err := ids(siteIDs, func(id string) string { return id })
	if err != nil {
		return nil, err
	}
	rows, err := s.r.QueryContext(ctx, "SELECT id FROM site WHERE removed = 0 AND id IN (SELECT value FROM json_each(?))", list)
	living, err := collect(rows, err, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	return living, s.logged(err)
}

// CoverAllSites implements service.SiteStore.
func (s *Store) CoverAllSites(ctx context.Context, of service.Service, now time.Time) error {
	return s.write(ctx, false, func(tx *sql.Tx) error {
		// What is right already stays as it is, with its time.
		return execAll(ctx, tx,
			query{"DELETE FROM site_coverage WHERE service = ? AND site_id IN (SELECT id FROM site WHERE removed = 1 OR parent_id <> '')", []any{of}},
			query{"UPDATE site_coverage SET origin = 'everyone' WHERE service = ? AND origin <> 'everyone'", []any{of}},
			query{`INSERT INTO site_coverage (service, site_id, origin, reason, covered_at)
				SELECT ?1, s.id, 'everyone', s.exclusion, ?2 FROM site s
				WHERE s.parent_id = '' AND s.removed = 0 AND NOT EXISTS (SELECT 1 FROM site_coverage c WHERE c.service = ?1 AND c.site_id = s.id)
				ORDER BY s.id`, []any{of, now.UnixMicro()}})
	})
}

// CoverSelectedSites implements service.SiteStore. Sites which no service covers
// nor synchronized are forgotten.
func (s *Store) CoverSelectedSites(ctx context.Context, of service.Service, sel []service.SiteSelection, now time.Time) error {
	chosen := make(map[string]service.Origin, len(sel))
	var sites []service.Site
	for _, t := range sel {
		if t.Site.ID == "" || t.Site.ParentID != "" {
			return &service.Error{
				Code:    service.CodeInvalidTargets,
				Message: "A selected site is no site collection known to Microsoft 365: " + t.Site.Name() + ". Nothing was changed.",
				Help:    "Select the site anew.",
			}
		}
		if _, twice := chosen[t.Site.ID]; twice {
			continue
		}
		chosen[t.Site.ID] = service.OriginURL
		if t.Origin == service.OriginTitle {
			chosen[t.Site.ID] = t.Origin
		}
		site := t.Site
		if site.SeenAt.IsZero() {
			site.SeenAt = now
		}
		sites = append(sites, site)
		for _, beneath := range t.Subsites {
			if beneath.ID != "" && beneath.ID != site.ID {
				beneath.ParentID, beneath.SeenAt = site.ID, site.SeenAt
				sites = append(sites, beneath)
			}
		}
	}
	if len(chosen) > service.MaxSelected {
		return &service.Error{
			Code:    service.CodeTooManyTargets,
			Message: fmt.Sprintf("At most %d sites can be selected; these are %d. Nothing was changed.", service.MaxSelected, len(chosen)),
			Help:    "Select fewer sites, or synchronize all sites.",
		}
	}
	return s.write(ctx, true, func(tx *sql.Tx) error {
		if err := s.storeSites(ctx, tx, sites, mergeSelectedSite); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM site_coverage WHERE service = ?", of); err != nil {
			return err
		}
		for id, origin := range chosen {
			_, err := tx.ExecContext(ctx, `INSERT INTO site_coverage (service, site_id, origin, reason, covered_at)
				SELECT ?, id, ?, exclusion, ? FROM site WHERE id = ?`, of, origin, now.UnixMicro(), id)
			if err != nil {
				return err
			}
		}
		return execAll(ctx, tx,
			query{`DELETE FROM site WHERE parent_id = '' AND NOT EXISTS (SELECT 1 FROM site_coverage WHERE site_id = site.id)
				AND NOT EXISTS (SELECT 1 FROM site_seen WHERE site_id = site.id)`, nil},
			query{"DELETE FROM site WHERE parent_id <> '' AND NOT EXISTS (SELECT 1 FROM site x WHERE x.id = site.parent_id)", nil})
	})
}

// siteTargetColumns are those of a service.SiteTarget; c is the coverage, if any.
const siteTargetColumns = siteColumns + `, coalesce(c.origin, ''), coalesce(c.reason, nullif(s.exclusion, ''), 'not_selected'),
	(SELECT count(*) FROM site x WHERE x.parent_id = s.id AND x.removed = 0)`

func scanSiteTarget(rows *sql.Rows) (t service.SiteTarget, err error) {
	var seen sql.NullInt64
	err = rows.Scan(append(siteFields(&t.Site, &seen), &t.Origin, &t.Reason, &t.Subsites)...)
	t.SeenAt = instant(seen)
	t.Protected = t.Reason == service.ExclusionNone
	if !t.Protected && t.Origin == service.OriginEveryone {
		t.Origin = "" // every site is meant, this one isn't covered
	}
	return t, err
}

// findSites is what follows FROM in the query of all whom q selects.
func findSites(of service.Service, q service.TargetQuery) (text string, args []any) {
	text = "site s LEFT JOIN site_coverage c ON c.service = ? AND c.site_id = s.id WHERE s.parent_id = ''"
	args = append(args, of)
	for w := range strings.FieldsSeq(q.Search) {
		if strings.Contains(w, "/") {
			text += " AND s.url_key >= ? AND s.url_key < ?"
			args = append(args, fold(w), after(fold(w)))
			continue
		}
		w = split(w)
		if w == "" {
			text += " AND false"
			continue
		}
		text += " AND instr(s.words, ?)"
		args = append(args, w)
	}
	if q.Protected != nil {
		text += " AND coalesce(c.reason, '-') " + map[bool]string{true: "=", false: "<>"}[*q.Protected] + " ''"
	}
	switch q.Filter {
	case service.FilterNone:
	case service.FilterProtected:
		text += " AND c.reason = ''"
	case service.FilterExcluded:
		text += " AND coalesce(c.reason, '-') <> '' AND s.removed = 0"
	case service.FilterRemoved:
		text += " AND s.removed = 1"
	default:
		text += " AND false" // sites have no mailboxes
	}
	if q.Origin != "" {
		text += " AND c.origin = ? AND (c.origin <> 'everyone' OR c.reason = '')" // see scanSiteTarget
		args = append(args, q.Origin)
	}
	return text, args
}

// SiteTargets implements service.SiteStore.
func (s *Store) SiteTargets(ctx context.Context, of service.Service, q service.TargetQuery) ([]service.SiteTarget, error) {
	text, args := findSites(of, q)
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	//nolint:gosec // findSites puts it together from constants; whatever was typed is among args
	rows, err := s.r.QueryContext(ctx, "SELECT "+siteTargetColumns+" FROM "+text+" ORDER BY s.sort_key, s.id LIMIT ? OFFSET ?",
		append(args, limit, max(q.Offset, 0))...)
	ts, err := collect(rows, err, scanSiteTarget)
	return ts, s.logged(err)
}

// CountSiteTargets implements service.SiteStore.
func (s *Store) CountSiteTargets(ctx context.Context, of service.Service, q service.TargetQuery) (n int, err error) {
	text, args := findSites(of, q)
	err = s.r.QueryRowContext(ctx, "SELECT count(*) FROM "+text, args...).Scan(&n)
	return n, s.logged(err)
}

// siteCounts are the counts of a service that covers sites.
func siteCounts(ctx context.Context, tx *sql.Tx, of service.Service) (c service.TargetCounts, err error) {
	err = tx.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM site_coverage WHERE service = ?1 AND reason = ''),
			(SELECT count(*) FROM site WHERE parent_id = '' AND exclusion = ''),
			(SELECT count(*) FROM site WHERE parent_id = '' AND exclusion = 'personal_site'),
			(SELECT count(*) FROM site x JOIN site s ON s.id = x.parent_id WHERE x.exclusion = '' AND s.exclusion = '')`, of).
		Scan(&c.Protected, &c.Collections, &c.Personal, &c.Subsites)
	return c, err
}

// FirstProtectedSite implements service.SiteStore.
func (s *Store) FirstProtectedSite(ctx context.Context, of service.Service, after string) (service.SiteTarget, error) {
	rows, err := s.r.QueryContext(ctx, "SELECT "+siteTargetColumns+` FROM site_coverage c CROSS JOIN site s ON s.id = c.site_id
		WHERE c.service = ? AND c.reason = '' AND c.site_id > ? ORDER BY c.site_id LIMIT 1`, of, after)
	ts, err := collect(rows, err, scanSiteTarget)
	if err == nil && len(ts) == 0 {
		err = service.NotFound("A protected site")
	}
	if err != nil {
		return service.SiteTarget{}, s.logged(err)
	}
	return ts[0], nil
}
