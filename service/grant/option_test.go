package grant

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"cloudappsecurity/service"
)

// The option is the organization's: what another service goes by is refused
// before a page is served, with the reason.
func TestOneOptionForAllServices(t *testing.T) {
	t.Parallel()
	granted, choosing, synchronizing := service.StateGranted, service.StateConsented, service.StateSynchronizing
	for name, c := range map[string]struct {
		stored  service.Option
		states  map[service.Service]service.AccountState
		service service.Service
		option  service.Option
		why     string // "" if it is not refused
	}{
		"nothing chosen":             {service.OptionNone, map[service.Service]service.AccountState{exchange: choosing}, service.SharePointOnline, service.OptionSelected, ""},
		"the same":                   {service.OptionSelected, map[service.Service]service.AccountState{exchange: granted}, service.SharePointOnline, service.OptionSelected, ""},
		"all beside selected":        {service.OptionSelected, map[service.Service]service.AccountState{exchange: granted}, service.SharePointOnline, service.OptionAll, `The same option holds for SharePoint Online as for Exchange Online: "Synchronize selected sites".`},
		"selected beside all":        {service.OptionAll, map[service.Service]service.AccountState{service.SharePointOnline: granted}, service.OneDrive, service.OptionSelected, `The same option holds for OneDrive as for SharePoint Online: "Synchronize all users and groups".`},
		"beside one not finished":    {service.OptionSelected, map[service.Service]service.AccountState{exchange: synchronizing}, service.OneDrive, service.OptionAll, "The same option holds for OneDrive as for Exchange Online"},
		"beside one that chose none": {service.OptionSelected, map[service.Service]service.AccountState{exchange: choosing}, service.OneDrive, service.OptionAll, ""},
		"all while extending":        {service.OptionExtending, map[service.Service]service.AccountState{exchange: granted}, service.OneDrive, service.OptionAll, ""},
		"selected while extending":   {service.OptionExtending, map[service.Service]service.AccountState{exchange: granted}, service.OneDrive, service.OptionSelected, "The same option holds for OneDrive as for Exchange Online"},
		"again, another one":         {service.OptionAll, map[service.Service]service.AccountState{exchange: granted}, exchange, service.OptionSelected, "Granting again can't change it."},
		"cut, another one":           {service.OptionAll, map[service.Service]service.AccountState{exchange: synchronizing}, exchange, service.OptionSelected, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := with(c.stored, c.states)
				err := w.grants(t).Run(t.Context(), c.service, Options{Option: c.option})
				if c.why == "" {
					if service.CodeOf(err) == service.CodeOptionLocked {
						t.Errorf("it is refused: %v", err)
					}
					return
				}
				if service.CodeOf(err) != service.CodeOptionLocked || !strings.Contains(err.Error(), c.why) || w.tabs != 0 {
					t.Errorf("%d pages, %v", w.tabs, err)
				}
				if w.stored.Option != c.stored {
					t.Errorf("the option became %q", w.stored.Option)
				}
			})
		})
	}
}

// Another service chooses while the browser is open: its choice stays, and the
// other one is refused in step 2.
func TestOptionChosenMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		g := w.grants(t)
		if err := g.Run(t.Context(), exchange, Options{}); err != nil {
			t.Fatal(err)
		}
		accepted := w.browser
		w.browser = func(w *world, h *handoff, p service.HandoffPage) {
			if p.Kind == service.HandoffStart {
				if err := g.Finish(t.Context(), exchange, service.OptionSelected, service.Selected{People: []service.Selection{{Person: service.Person{ID: "1"}}}}); err != nil {
					t.Error(err)
				}
			}
			accepted(w, h, p)
		}
		if err := g.Run(t.Context(), service.OneDrive, Options{}); err != nil {
			t.Fatal(err)
		}
		if w.stored.Option != service.OptionSelected {
			t.Errorf("the option became %q", w.stored.Option)
		}
		if err := g.Finish(t.Context(), service.OneDrive, service.OptionAll, service.Selected{}); service.CodeOf(err) != service.CodeOptionLocked {
			t.Errorf("the other one: %v", err)
		}
	})
}

// Two services choose differently at once: one of them is refused.
func TestOptionsAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			w := with(service.OptionNone, map[service.Service]service.AccountState{exchange: service.StateConsented, service.OneDrive: service.StateConsented})
			g := w.grants(t)
			var both sync.WaitGroup
			errs := make([]error, 2)
			both.Go(func() { errs[0] = g.Finish(t.Context(), exchange, service.OptionAll, service.Selected{}) })
			both.Go(func() { errs[1] = g.Finish(t.Context(), service.OneDrive, service.OptionSelected, service.Selected{}) })
			both.Wait()
			if locked := service.CodeOf(errs[0]) == service.CodeOptionLocked; locked == (service.CodeOf(errs[1]) == service.CodeOptionLocked) {
				t.Errorf("both or none were refused: %v", errs)
			}
		})
	}
}

// Each service says "… protected." under the same kind of proof.
func TestEachServiceIsProtected(t *testing.T) {
	t.Parallel()
	for _, s := range service.Services() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				g := w.grants(t)
				if err := g.Run(t.Context(), s, Options{Option: service.OptionSelected}); err != nil {
					t.Fatal(err)
				}
				sel := service.Selected{People: []service.Selection{{Person: service.Person{ID: "1"}}}}
				if s.CoversSites() {
					sel = service.Selected{Sites: []service.SiteSelection{{Site: service.Site{ID: "1"}}}}
				}
				w.checkErr = &service.Error{Code: service.CodeForbidden}
				if err := g.Finish(t.Context(), s, service.OptionSelected, sel); service.CodeOf(err) != service.CodeForbidden || w.accounts[s].State == service.StateGranted {
					t.Errorf("without the first check: %v", err)
				}
				w.checkErr, w.roles = nil, []string{"User.Read.All"}
				if err := g.Finish(t.Context(), s, service.OptionSelected, service.Selected{}); service.CodeOf(err) != service.CodeConsentMissing {
					t.Errorf("without every role: %v", err)
				}
				w.roles, w.counts.Protected = nil, 0
				if err := g.Finish(t.Context(), s, service.OptionSelected, service.Selected{}); service.CodeOf(err) != service.CodeInvalidTargets {
					t.Errorf("without targets: %v", err)
				}
				w.counts.Protected = 1
				if err := g.Finish(t.Context(), s, service.OptionSelected, service.Selected{}); err != nil {
					t.Fatal(err)
				}
				if last := w.notes[len(w.notes)-1]; !said(w, s.Name()+" protected.") {
					t.Errorf("said %+v", last)
				}
				if len(w.sites) != len(sel.Sites) || len(w.selected) != len(sel.People) {
					t.Errorf("%d sites, %d people are selected", len(w.sites), len(w.selected))
				}
			})
		})
	}
}

func said(w *world, text string) bool {
	for _, n := range w.notes {
		if n.Text == text && n.Detail == "This version does not scan yet." {
			return true
		}
	}
	return false
}
