package targets

import (
	"context"

	"cloudappsecurity/service"
)

// kind is what is chosen, in words: people with mailboxes, people with drives, or sites.
type kind struct {
	sites        bool
	icon         string
	ways         []string // by the way to search
	origins      []service.Origin
	placeholders []string
	find         [][2]string // title and words of the empty list
	none         [2]string   // likewise of the empty selection
	missing      string      // after what was not found
	name         string      // what the second way searches
	one, more    string
	any, nobody  string
	asked        string // who is asked for what of somebody
	have, haves  string
}

func kindOf(s service.Service) kind {
	if s.CoversSites() {
		return kind{
			sites: true, icon: "globe", ways: []string{"By URL", "By Title"}, origins: []service.Origin{service.OriginURL, service.OriginTitle},
			placeholders: []string{"Address of a site", "Part of a title"},
			find: [][2]string{{"Find a site", "Type the exact address of a site, such as https://contoso.sharepoint.com/sites/sales, and press Enter."},
				{"Find sites", "Type at least three letters of the title and press Enter. Subsites come with their site."}},
			none:    [2]string{"No site is selected", "Find sites at the left and add them. They are what is protected."},
			missing: " is not a site of your organization.", name: "the site's title",
			one: "site", more: "sites", any: "a site", nobody: "No site",
		}
	}
	k := kind{
		icon: "people", ways: []string{"By User", "By Group"}, origins: []service.Origin{service.OriginUser, service.OriginGroup},
		placeholders: []string{"User principal name", "First letters of a group"},
		find: [][2]string{{"Find people", "Type the exact user principal name of a person, such as anna@contoso.com, and press Enter."},
			{"Find a group", "Type at least three letters of its name and press Enter. Nested groups are included."}},
		none:    [2]string{"Nobody is selected", "Find people at the left and add them. They are who is protected."},
		missing: " is not a user of your organization.", name: "the group's name",
		one: "person", more: "people", any: "somebody", nobody: "Nobody",
		asked: "Exchange", have: "mailbox", haves: "mailboxes",
	}
	if s == service.OneDrive {
		k.asked, k.have, k.haves = "OneDrive", "drive", "drives"
	}
	return k
}

// find1 asks for what has exactly this name: a person, or a site.
func (p *Picker) find1(ctx context.Context, name string) (service.Person, *service.Site, error) {
	if !p.kind.sites {
		person, err := p.options.Search.FindUser(ctx, p.options.Service, name)
		return person, nil, err
	}
	site, err := p.options.Search.FindSite(ctx, p.options.Service, name)
	return asPerson(site), &site, err
}

// findTitles lists the sites whose title holds text.
func (p *Picker) findTitles(text string) {
	p.said = ""
	ctx, current := p.search.start(p.options.Context, "Searches sites with \""+text+"\" in the title")
	p.left.say = ""
	p.show()
	p.options.Loader.Act(func() func() {
		sites, err := p.options.Search.SearchSites(ctx, p.options.Service, text)
		return func() {
			if !current() {
				return
			}
			p.search.end()
			p.group = found{marked: map[string]bool{}}
			switch {
			case err != nil:
				p.left.say = sentence(err)
			case len(sites) == 0:
				p.left.say = "No site has \"" + text + "\" in its title."
			}
			for i := range sites {
				p.know(&sites[i])
				p.group.people = append(p.group.people, asPerson(sites[i]))
			}
			p.available.SetCurrent(0)
			p.show()
			if len(sites) > 0 {
				p.focus(p.available.Focusable())
			}
		}
	})
}

// asPerson is a site as the lists hold it, by name and address.
func asPerson(s service.Site) service.Person {
	return service.Person{ID: s.ID, DisplayName: s.Title, UserPrincipalName: s.URL, Enabled: true, Removed: s.Removed}
}

func (p *Picker) know(s *service.Site) {
	if s != nil && s.ID != "" {
		p.sites[s.ID] = *s
	}
}

// Sites returns which sites are selected, by name.
func (p *Picker) Sites() (list []service.SiteSelection) {
	for _, t := range p.chosen.list {
		list = append(list, service.SiteSelection{Site: p.sites[t.Person.ID], Origin: t.Origin})
	}
	return list
}

// SetSites replaces which sites are selected, silently.
func (p *Picker) SetSites(list []service.SiteSelection) {
	people := make([]service.Selection, 0, len(list))
	for _, t := range list {
		p.know(&t.Site)
		people = append(people, service.Selection{Person: asPerson(t.Site), Origin: t.Origin})
	}
	p.SetSelection(people)
}

// SetSelected replaces what is selected, people or sites, silently.
func (p *Picker) SetSelected(sel service.Selected) {
	if p.kind.sites {
		p.SetSites(sel.Sites)
	} else {
		p.SetSelection(sel.People)
	}
}

// Count is how many are selected.
func (p *Picker) Count() int { return len(p.chosen.list) }

// Empty says whether nothing is selected.
func (p *Picker) Empty() bool { return len(p.chosen.list) == 0 }

// Selected returns what is selected, people or sites.
func (p *Picker) Selected() service.Selected {
	if p.kind.sites {
		return service.Selected{Sites: p.Sites()}
	}
	return service.Selected{People: p.Selection()}
}
