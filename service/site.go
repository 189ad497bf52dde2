package service

import "time"

// Site is a site of SharePoint Online: a site collection, or a subsite beneath
// one. Its key is Graph's ID ("host,collection GUID,web GUID").
// https://learn.microsoft.com/graph/api/resources/site
type Site struct {
	ID       string
	URL      string // absolute, as SharePoint writes it
	Title    string
	ParentID string // ID of the site collection; "" for a site collection itself
	Personal bool   // someone's OneDrive: covered by OneDrive, not by SharePoint Online
	Removed  bool   // deleted in the tenant, kept for review
	SeenAt   time.Time
}

// Name is what a site is called on screen.
func (s Site) Name() string {
	if s.Title != "" {
		return s.Title
	}
	return s.URL
}

// The origins of sites which were selected one by one.
const (
	OriginURL   Origin = "url"
	OriginTitle Origin = "title"
)

// Why a site is not protected.
const (
	ExclusionPersonal     Exclusion = "personal_site"
	ExclusionNoDrive      Exclusion = "no_drive"
	ExclusionUnknownDrive Exclusion = "unknown_drive"
)

// ExcludeSite says why s can't be protected by SharePoint Online; ExclusionNone
// if it can. Subsites follow their site collection.
func ExcludeSite(s Site) Exclusion {
	switch {
	case s.Removed:
		return ExclusionRemoved
	case s.Personal:
		return ExclusionPersonal
	default:
		return ExclusionNone
	}
}

// SiteTarget is a site as SharePoint Online covers it.
type SiteTarget struct {
	Site
	Protected bool
	Reason    Exclusion // why not, when not
	Origin    Origin    // empty when not covered
	Subsites  int       // beneath a site collection
}

// SiteSelection is one selected site collection.
type SiteSelection struct {
	Site     Site
	Origin   Origin // OriginURL or OriginTitle
	Subsites []Site // beneath it
}

// SiteCounts are those of SharePoint Online.
type SiteCounts struct {
	Collections int // site collections that are listed, neither personal nor removed
	Subsites    int // beneath those
	Personal    int
}

// SitePage is one page of the sites' delta. Sites may come partially, in any
// order and repeatedly.
type SitePage struct {
	Sites   []Site
	Removed []Removal
	Later   bool // of a later round, which holds changes only
	Next    string
	Delta   string
}

// DriveState is whether a user has a drive in OneDrive.
type DriveState string

// The states of a drive; "" is as unknown, of a person whom OneDrive has not
// met. There is no delta of users' drives: each is asked for, and of those that
// did not exist a seventh is asked for again each day.
const (
	DriveUnknown DriveState = "unknown"
	DrivePresent DriveState = "present"
	DriveNone    DriveState = "none"
)

// Drive is a user's OneDrive.
type Drive struct {
	ID  string
	URL string
}
