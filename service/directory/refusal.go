package directory

import "cloudappsecurity/service"

// refusalText says that a person or site can't be protected, and why.
func refusalText(name string, why service.Exclusion) string {
	return name + " can't be protected: " + whyText(why) + "."
}

func whyText(why service.Exclusion) string {
	switch why {
	case service.ExclusionGuest:
		return "guest"
	case service.ExclusionNoMailbox:
		return "no mailbox"
	case service.ExclusionUnknown:
		return "the kind of mailbox is not known yet"
	case service.ExclusionNoDrive:
		return "no OneDrive"
	case service.ExclusionUnknownDrive:
		return "whether there is a OneDrive is not known yet"
	case service.ExclusionPersonal:
		return "someone's OneDrive"
	case service.ExclusionRemoved:
		return "removed from the directory"
	default:
		return why.Text()
	}
}
