package sqlite

import "cloudappsecurity/service"

// asksCoverage says whether the filter or the origin of q looks at c, the
// coverage, of each person in turn: in the order of names, where most fit.
func asksCoverage(q service.TargetQuery) bool {
	return q.Filter == service.FilterProtected || q.Filter == service.FilterExcluded ||
		q.Origin == service.OriginEveryone
}

// narrow gives the conditions of the filter and the origin of q. Those which few
// people fit are looked up in an index; that gives positions in order too. The
// others look at c, see asksCoverage.
func narrow(of service.Service, q service.TargetQuery) (where []string, args []any) {
	switch q.Filter {
	case service.FilterNone:
	case service.FilterProtected:
		where = append(where, "coalesce(c.reason, '-') = ''")
	case service.FilterExcluded:
		where = append(where, "coalesce(c.reason, '-') <> ''", "p.removed = 0")
	case service.FilterNoMailbox:
		where = append(where, "p."+nothing(of))
	case service.FilterRemoved:
		where = append(where, "p.exclusion = 'removed'")
	default:
		where = append(where, "false")
	}
	switch q.Origin {
	case "":
	case service.OriginEveryone:
		// Who is meant by everyone, but isn't covered, has no origin: see scanTarget.
		where = append(where, "c.origin = 'everyone'", "coalesce(c.reason, '-') = ''")
	default:
		where = append(where, `p.position IN (SELECT o.position FROM coverage n INDEXED BY coverage_chosen CROSS JOIN person o ON o.id = n.person_id
			WHERE n.service = ? AND n.chosen = 1 AND n.origin = ?)`)
		args = append(args, of, q.Origin)
	}
	return where, args
}

// nothing is the condition of a person who has nothing that a service could
// protect.
func nothing(of service.Service) string {
	if of == service.OneDrive {
		return "drive_exclusion = 'no_drive'"
	}
	return "exclusion = 'no_mailbox'"
}

// countNarrowed is the query that counts by a filter or an origin alone,
// from indexes only.
func countNarrowed(of service.Service, q service.TargetQuery) (text string, args []any) {
	const protected = "(SELECT count(*) FROM coverage WHERE service = ?1 AND reason = '')"
	switch {
	case q.Filter == service.FilterProtected:
		return "SELECT " + protected, []any{of}
	case q.Filter == service.FilterExcluded:
		return "SELECT (SELECT count(*) FROM person) - (SELECT count(*) FROM person WHERE exclusion = 'removed') - " + protected, []any{of}
	case q.Filter == service.FilterNoMailbox:
		return "SELECT count(*) FROM person WHERE " + nothing(of), nil
	case q.Filter == service.FilterRemoved:
		return "SELECT count(*) FROM person WHERE exclusion = 'removed'", nil
	case q.Origin == service.OriginEveryone:
		return "SELECT " + protected + " - (SELECT count(*) FROM coverage WHERE service = ?1 AND chosen = 1 AND reason = '')", []any{of}
	case q.Origin != "":
		return "SELECT count(*) FROM coverage INDEXED BY coverage_chosen WHERE service = ? AND chosen = 1 AND origin = ?", []any{of, q.Origin}
	default:
		return "SELECT 0", nil // a filter that there is not
	}
}
