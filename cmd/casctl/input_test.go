package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// people are the user principal names of a tenant whose users fit.
func people(s *m365sim.Server, fit func(tenant.User) bool) (names []string) {
	for from := 0; from >= 0; {
		var page []tenant.User
		page, from = s.Tenant().Users(from, 100)
		for _, u := range page {
			if fit(u) {
				names = append(names, u.UserPrincipalName)
			}
		}
		if len(page) == 0 {
			break
		}
	}
	return names
}

func worker(u tenant.User) bool {
	return u.Enabled && u.Licensed && !u.Guest && u.Purpose == tenant.PurposeUser
}

func (o *office) file(text string) string {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), "users.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// lines are the lines of a file which a grant complained about.
func lines(list []event) (numbers []int) {
	for _, e := range list {
		if e.Event == "line" && e.Text != "" {
			numbers = append(numbers, e.Line)
		}
	}
	return numbers
}

// TestUsersBeforeTheBrowser: what is wrong with a file by itself is said before
// any page is offered.
func TestUsersBeforeTheBrowser(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	many := strings.Builder{}
	for i := range 101 {
		many.WriteString(strings.Repeat("x", i/10+1) + string(rune('a'+i%10)) + "@contosobakery.example\n")
	}
	for name, c := range map[string]struct {
		text string
		want []int
	}{
		"no @":                {"anna\n", []int{1}},
		"several, with a BOM": {"\ufeff@x.example\r\n\r\nanna@contosobakery.example\r\na b@c.example\r\nx@\r\n", []int{1, 4, 5}},
		"the 101st":           {many.String(), []int{101}},
		"nobody":              {"\ufeff\r\n \r\n", []int{0}},
		"no text":             {"\x00\x01\xff", []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			p := o.start("grant", "exchange", "--users", o.file(c.text))
			code := p.Wait()
			if end := outcome(t, p); code != 6 || end.Code != "invalid_targets" {
				t.Errorf("ended with %d: %+v", code, end)
			}
			if got := lines(events(t, p)); !slices.Equal(got, c.want) || strings.Contains(p.Stdout(), `"url"`) {
				t.Errorf("lines %v, want %v: %s", got, c.want, p.Stdout())
			}
			for _, e := range events(t, p) {
				if e.Event == "line" && !strings.Contains(p.Stderr(), e.Text) {
					t.Errorf("stderr doesn't say %q: %s", e.Text, p.Stderr())
				}
			}
		})
	}
	if code := o.start("grant", "exchange", "--users", o.dir+"/none.txt").Wait(); code != 6 {
		t.Errorf("no such file: %d", code)
	}
}

// TestUsersAfterTheBrowser: names that only the tenant knows to be wrong.
func TestUsersAfterTheBrowser(t *testing.T) {
	t.Parallel()
	sim, env := simulate(t, m365sim.Options{Users: 150})
	o := newOffice(t, env)
	guest := people(sim, func(u tenant.User) bool { return u.Guest })[0]
	shared := people(sim, func(u tenant.User) bool { return u.Purpose == tenant.PurposeShared })[0]
	room := people(sim, func(u tenant.User) bool { return u.Purpose == tenant.PurposeRoom })[0]
	workers := people(sim, worker)
	awkward := slices.DeleteFunc(slices.Clone(workers), func(n string) bool { return !strings.ContainsAny(n, "'+") })
	if len(workers) < 100 || len(awkward) == 0 {
		t.Fatalf("%d workers, %d with awkward names", len(workers), len(awkward))
	}

	v := o.grant("--users", o.file("\ufeff"+workers[0]+"\r\n\r\nnobody@contosobakery.example\r\n"+guest+"\r\n"+strings.ToUpper(workers[0])+"\r\n"+room+"\r\nno.one@contosobakery.example"))
	a := administrator(sim)
	v.walk(&a)
	if end, code := v.end(); code != 6 || end.Code != "invalid_targets" {
		t.Fatalf("ended with %d: %+v", code, end)
	}
	if got := lines(events(t, v.Process)); !slices.Equal(got, []int{3, 4, 7}) {
		t.Errorf("lines %v: %s", got, v.Stdout())
	}
	if !strings.Contains(v.Stderr(), "line 5") {
		t.Errorf("the duplicate is not noted: %s", v.Stderr())
	}
	if list := o.targets(); len(list) != 0 {
		t.Errorf("half-applied: %+v", list)
	}

	chosen := append([]string{shared, room}, awkward...)
	for _, name := range workers {
		if len(chosen) < 100 && !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	file := o.file("\ufeff" + strings.Join(chosen, "\r\n\r\n") + "\r\n" + strings.ToUpper(chosen[99]))
	end, code := o.silently("--users", file)
	if code != 0 || end.Outcome != "protected" {
		t.Fatalf("the next try ended with %d: %+v", code, end)
	}
	list := o.targets()
	if len(list) != 100 {
		t.Errorf("%d targets", len(list))
	}
	for _, target := range list {
		if !target.Protected || (target.Mailbox == "shared") != (target.UPN == shared) || (target.Mailbox == "room") != (target.UPN == room) || !slices.Contains(chosen, target.UPN) {
			t.Errorf("target %+v", target)
		}
	}
	if _, code := o.run("grant", "exchange", "--all"); code != 6 {
		t.Errorf("another option ended with %d", code)
	}
	if again := o.targets(); len(again) != 100 {
		t.Errorf("%d targets after a refusal", len(again))
	}
}
