package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/app"
	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// site is one of "casctl targets sharepoint --json".
type site struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Title     string `json:"title"`
	Protected bool   `json:"protected"`
	Reason    string `json:"reason"`
	Origin    string `json:"origin"`
	Subsites  int    `json:"subsite_count"`
}

func (o *office) sites(args ...string) (list []site) {
	o.t.Helper()
	o.read(&list, append([]string{"targets", "sharepoint"}, args...)...)
	return list
}

// protectOf is protect of any service.
func (o *office) protectOf(svc service.Service, a realparts.Administrator, args ...string) {
	o.t.Helper()
	v := o.grantOf(string(svc), args...)
	v.walk(&a)
	end, code := v.end()
	if want := svc.Name() + " protected."; code != 0 || end.Outcome != "protected" || end.Text != want || end.Detail != "This version does not scan yet." {
		o.t.Fatalf("%s ended with %d: %+v", svc, code, end)
	}
	o.sees("Return to Cloud App Security")
}

// holdings are what each of our applications in the tenant was granted.
func holdings(s *m365sim.Server) (list []string) {
	for _, a := range applications(s) {
		list = append(list, fmt.Sprintf("%s: %d certificates, %d roles", a.DisplayName, len(a.KeyCredentials), len(s.Tenant().GrantedRoles(a.AppID))))
	}
	slices.Sort(list)
	return list
}

// recording is where a test's exchanges with Microsoft 365 are kept, if
// somebody wants to look at them: in the folder CAS_TEST_HAR.
func recording(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv("CAS_TEST_HAR"); dir != "" {
		return filepath.Join(dir, name+".har")
	}
	return ""
}

// TestThreeServices walks the consent of all three services in one browser: each
// has an application of its own, and its own targets.
func TestThreeServices(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{HARFile: recording(t, "all")})
	o, a := newOffice(t, env), administrator(sim)
	for _, svc := range service.Services() {
		o.protectOf(svc, a, "--all")
	}
	want := []string{
		"Cloud App Security for Exchange Online: 1 certificates, 4 roles",
		"Cloud App Security for OneDrive: 1 certificates, 3 roles",
		"Cloud App Security for SharePoint Online: 1 certificates, 1 roles",
	}
	if got := holdings(sim); !slices.Equal(got, want) {
		t.Errorf("the tenant holds %q", got)
	}
	compareSites(t, o, sim)
	compareDrives(t, o, sim)
	var notes []struct{ Text string }
	o.read(&notes, "notifications")
	var texts []string
	for _, n := range notes {
		texts = append(texts, n.Text)
	}
	for _, svc := range service.Services() {
		if !slices.Contains(texts, service.ProtectedText(svc)) || !slices.Contains(texts, service.GrantedText(svc)) {
			t.Errorf("notifications %q", texts)
		}
	}
	// Granting twice changes nothing; another option is refused before any page.
	for _, svc := range service.Services() {
		if code := o.start("grant", string(svc), "--all", "--timeout", "1m").Wait(); code != 0 {
			t.Errorf("%s again: %d", svc, code)
		}
	}
	if got := holdings(sim); !slices.Equal(got, want) {
		t.Errorf("granted twice the tenant holds %q", got)
	}
	if out, code := o.run("sync"); code != 0 {
		t.Errorf("sync ended with %d: %s", code, out)
	}
	o.lockedOut("onedrive", "--users", people(sim, worker)[0])
}

// compareSites holds what is stored of SharePoint Online against the tenant.
func compareSites(t *testing.T, o *office, sim *m365sim.Server) {
	t.Helper()
	host, _ := sim.Tenant().Hosts()
	all, _ := sim.Tenant().Sites(0, 10_000)
	collections, beneath := map[string]tenant.Site{}, 0
	for _, s := range all {
		switch {
		case s.Root():
			collections[s.ID] = s
		case s.Host == host:
			beneath++
		}
	}
	subsites, protected := 0, 0
	list := o.sites()
	for _, s := range list {
		is, known := collections[s.ID]
		delete(collections, s.ID)
		if !known || s.Title != is.Title || s.URL != is.URL() || s.Protected != (is.Host == host) || (s.Reason == "personal_site") == s.Protected {
			t.Errorf("site %+v, in the tenant %+v", s, is)
		}
		subsites += s.Subsites
		if s.Protected {
			protected++
		}
	}
	if len(collections) != 0 || subsites != beneath || beneath == 0 || protected == len(list) {
		t.Errorf("%d sites are missing; %d subsites of %d; %d protected of %d", len(collections), subsites, beneath, protected, len(list))
	}
	if s := o.services()[1]; s.State != "granted" || s.StateText != "Access granted" || s.Sites != protected || s.Protected != protected || s.Subsites != beneath {
		t.Errorf("status %+v, %d protected", s, protected)
	}
	if found := o.sites("--search", "human", "--filter", "protected", "--origin", "everyone"); len(found) != 1 || found[0].Title != "Human resources" {
		t.Errorf("found %+v", found)
	}
}

// compareDrives holds what is stored of OneDrive against the tenant.
func compareDrives(t *testing.T, o *office, sim *m365sim.Server) {
	t.Helper()
	var list []target
	o.read(&list, "targets", "onedrive")
	protected := 0
	for _, p := range list {
		_, err := sim.Tenant().PersonalSite(p.ID)
		if p.Protected != (err == nil) || (p.Drive == "present") != p.Protected || !p.Protected && p.Reason != "no_drive" && p.Reason != "guest" {
			t.Errorf("%+v, in the tenant: %v", p, err)
		}
		if p.Protected {
			protected++
		}
	}
	if s := o.services()[2]; s.State != "granted" || s.Protected != protected || s.People != len(list) || protected == 0 || protected == len(list) {
		t.Errorf("status %+v, %d of %d protected", s, protected, len(list))
	}
}

// lockedOut runs a grant that has to end at once, before any page is served, with
// the reason.
func (o *office) lockedOut(svc service.Service, flag, line string) {
	o.t.Helper()
	args := []string{"grant", string(svc), flag}
	if line != "" {
		args = append(args, o.file(line))
	}
	p := o.start(args...)
	code := p.Wait()
	end := outcome(o.t, p)
	if code != 6 || end.Code != "option_locked" || !strings.Contains(end.Message, "The same option holds for "+svc.Name()) && !strings.Contains(end.Message, "This organization's option is") {
		o.t.Errorf("ended with %d: %+v", code, end)
	}
	if strings.Contains(p.Stdout(), `"url"`) || p.Stderr() == "" {
		o.t.Errorf("a page was served: %s%s", p.Stdout(), p.Stderr())
	}
}

// TestThreeServicesSelected: the same option for all, people by mailbox and by
// drive, sites by address.
func TestThreeServicesSelected(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{HARFile: recording(t, "selected")})
	o, a := newOffice(t, env), administrator(sim)
	host, _ := sim.Tenant().Hosts()
	address := "https://" + host + "/sites/"
	workers := people(sim, worker)
	var with, without string
	for _, upn := range workers {
		u, _ := sim.Tenant().User(upn)
		if _, err := sim.Tenant().PersonalSite(u.ID); err == nil {
			with = upn
		} else {
			without = upn
		}
	}
	o.protectOf(service.ExchangeOnline, a, "--users", o.file(without+"\n"))
	o.lockedOut(service.SharePointOnline, "--all", "")
	o.lockedOut(service.OneDrive, "--all", "")
	for _, args := range [][]string{{"sharepoint", "--users", "x"}, {"exchange", "--sites", "x"}, {"onedrive", "--all", "--sites", "x"}, {"sharepoint", "--all", "--sites", "x"}, {"sharepoint"}} {
		if _, code := o.run(append([]string{"grant"}, args...)...); code != 2 {
			t.Errorf("grant %v ended with %d", args, code)
		}
	}

	// Before the browser, by line.
	p := o.start("grant", "sharepoint", "--sites", o.file("\ufeffhttps://x.y/sites/a b\r\n\r\n"+address+"hr\r\nhr\r\n"))
	if code := p.Wait(); code != 6 || strings.Contains(p.Stdout(), `"page"`) || !slices.Equal(lines(events(t, p)), []int{1, 4}) {
		t.Errorf("ended with %d: %s", code, p.Stdout())
	}
	// After it: an unknown one, a subsite, somebody's, and a note; nothing is half applied.
	me, _ := sim.Tenant().User(with)
	mine, err := sim.Tenant().PersonalSite(me.ID)
	if err != nil {
		t.Fatal(err)
	}
	v := o.grantOf("sharepoint", "--sites", o.file(address+"nowhere\n"+address+"hr\n"+address+"HR/\n"+address+"recipes/sourdough\n"+mine.URL()+"\n"))
	v.walk(&a)
	if end, code := v.end(); code != 6 || end.Code != "invalid_targets" || !slices.Equal(lines(events(t, v.Process)), []int{1, 4, 5}) {
		t.Fatalf("ended with %d: %s", code, v.Stdout())
	}
	if list := o.sites(); len(list) != 0 || !strings.Contains(v.Stderr(), "line 3") {
		t.Errorf("half-applied: %+v, %s", list, v.Stderr())
	}
	p = o.start("grant", "sharepoint", "--timeout", "1m", "--sites", o.file(address+"hr\r\n"+address+"recipes\r\nhttps://"+host+"\r\n"+address+"archive%202019\r\n"))
	if code := p.Wait(); code != 0 {
		t.Fatalf("the next try ended with %d: %s", code, p.Stdout())
	}
	var got []string
	for _, s := range o.sites() {
		got = append(got, fmt.Sprintf("%s %d %t %s", s.Title, s.Subsites, s.Protected, s.Origin))
	}
	slices.Sort(got)
	if want := []string{"Archive 2019 0 true url", "Contoso Bakery 0 true url", "Human resources 1 true url", "Recipes 3 true url"}; !slices.Equal(got, want) {
		t.Errorf("targets %q", got)
	}

	v = o.grantOf("onedrive", "--users", o.file(with+"\n"+without+"\n"))
	v.walk(&a)
	if end, code := v.end(); code != 6 || !slices.Equal(lines(events(t, v.Process)), []int{2}) {
		t.Fatalf("ended with %d: %+v", code, end)
	}
	if code := o.start("grant", "onedrive", "--users", o.file(with)).Wait(); code != 0 {
		t.Fatalf("OneDrive ended with %d", code)
	}
	var list []target
	if o.read(&list, "targets", "onedrive", "--filter", "protected"); len(list) != 1 || list[0].UPN != with {
		t.Errorf("targets %+v", list)
	}
	for _, s := range o.services() {
		if s.State != "granted" {
			t.Errorf("status %+v", s)
		}
	}
	if _, code := o.run("sync"); code != 6 {
		t.Errorf("sync ended with %d", code)
	}

	// Submit, then one synchronization by hand: everyone.
	o.extend()
	if out, code := o.run("sync"); code != 0 {
		t.Fatalf("sync ended with %d: %s", code, out)
	}
	compareSites(t, o, sim)
	compareDrives(t, o, sim)
	o.reviews(o.targets())
	if out, code := o.run("sync"); code != 0 {
		t.Errorf("the changes since: %d: %s", code, out)
	}
}

// extend does what Submit does in the window.
func (o *office) extend() {
	o.t.Helper()
	ctx := o.t.Context()
	a, err := app.Open(ctx, app.Config{DataDir: o.dir, Program: "test"}.FromEnvironment(o.variable))
	if err != nil {
		o.t.Fatal(err)
	}
	if err := errors.Join(a.Grants.Extend(ctx), a.Close()); err != nil {
		o.t.Fatal(err)
	}
}

// variable is one of the environment of the office's programs.
func (o *office) variable(name string) string {
	for _, v := range o.env {
		if value, is := strings.CutPrefix(v, name+"="); is {
			return value
		}
	}
	return ""
}
