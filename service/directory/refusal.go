package directory

import "cloudappsecurity/service"

// refusalText says that a person can't be protected, and why.
func refusalText(p service.Person, why service.Exclusion) string {
	return p.Name() + " can't be protected: " + whyText(why) + "."
}

func whyText(why service.Exclusion) string {
	switch why {
	case service.ExclusionGuest:
		return "guest"
	case service.ExclusionNoMailbox:
		return "no mailbox"
	case service.ExclusionUnknown:
		return "the kind of mailbox is not known yet"
	case service.ExclusionRemoved:
		return "removed from the directory"
	default:
		return why.Text()
	}
}
