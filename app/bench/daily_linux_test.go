package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/tenant"
)

// days is how often each number of changes is measured.
const days = 3

// serveChanges serves an address which changes the directory: POST ?n=10.
func serveChanges(ctx context.Context, server *m365sim.Server) (address string, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	changed := 0
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("n"))
		for i := 0; err == nil && i < n; i++ {
			changed++
			err = change(server.Tenant(), changed)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})}
	go func() { _ = s.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return "http://" + listener.Addr().String() + "/", nil
}

// change makes the i-th change: of ten, four people get another name, two join,
// two leave, and two are put into a group.
func change(t *tenant.Tenant, i int) error {
	// 7919 is a prime: the people changed lie anywhere in the list.
	someone := func() (tenant.User, error) {
		for at := i * 7919 % t.CountUsers(); ; at++ {
			users, _ := t.Users(at, 1)
			if len(users) == 0 {
				return tenant.User{}, tenant.ErrNotFound
			}
			if u := users[0]; u.Licensed && !u.GlobalAdmin {
				return u, nil
			}
		}
	}
	u, err := someone()
	if err != nil {
		return err
	}
	switch i % 10 {
	case 0, 1, 2, 3:
		return t.RenameUser(u.ID, u.UserPrincipalName, fmt.Sprintf("%s %d", u.DisplayName, i))
	case 4, 5:
		_, err := t.AddUser(tenant.User{UserPrincipalName: fmt.Sprintf("joined%d@contoso.example", i), DisplayName: fmt.Sprintf("Joined %d", i),
			Enabled: true, Licensed: true, Purpose: tenant.PurposeUser})
		return err
	case 6, 7:
		return t.DeleteUser(u.ID)
	default:
		groups, _ := t.Groups("", i%t.CountGroups(), 1)
		if is, _ := t.IsMember(groups[0].ID, u.ID); is {
			return t.RemoveMember(groups[0].ID, u.ID)
		}
		return t.AddMember(groups[0].ID, u.ID)
	}
}

// changeDirectory lets the simulation make n changes.
func changeDirectory(b *testing.B, p place, n int) {
	b.Helper()
	if n == 0 {
		return
	}
	response, err := http.Post(p.Change+"?n="+strconv.Itoa(n), "", nil) // the address is our own process's
	if err != nil {
		b.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		b.Fatalf("the directory was not changed: %s", response.Status)
	}
}

// BenchmarkDaily measures the daily synchronization, by the number of changes
// and by the size of the organization, beside a full one: Exchange Online, then
// OneDrive over the same rows, whose drives have no delta and are asked about
// one by one.
func BenchmarkDaily(b *testing.B) {
	t := table{title: fmt.Sprintf("The daily synchronization; medians of %d days", days),
		head: []string{"service", "people", "changes", "requests", "requests for drives", "wall", "client CPU", "service CPU", "peak (VmHWM)"}}
	for b.Loop() {
		for _, size := range []servicePlan{{fewer, fewerGroups}, {many, manyGroups}} {
			p, server := simulate(b, size.Users, size.Groups)
			dir, day := filepath.Join(b.TempDir(), strconv.Itoa(size.Users)), 0
			client(b, p, server, waySDK, "") // renders the pages
			for _, svc := range []service.Service{service.ExchangeOnline, service.OneDrive} {
				plan := clientPlan{Place: p, Way: waySync, Dir: dir, Service: svc, Day: day}
				o, served := run(b, plan, server)
				t.row(dailyCells(svc, size.Users, "all of it", []outcome{o}, []time.Duration{served})...)
				plan.Way = wayDay
				for _, n := range []int{0, 10, 1000} {
					outcomes, spent := daily(b, plan, server, n, &day)
					t.row(dailyCells(svc, size.Users, strconv.Itoa(n), outcomes, spent)...)
				}
			}
		}
	}
	t.print()
}

// daily runs some days with n changes each.
func daily(b *testing.B, plan clientPlan, server *realparts.Process, n int, day *int) (outcomes []outcome, spent []time.Duration) {
	b.Helper()
	for range days {
		*day++
		plan.Day = *day
		changeDirectory(b, plan.Place, n)
		o, served := run(b, plan, server)
		outcomes, spent = append(outcomes, o), append(spent, served)
	}
	return outcomes, spent
}

func dailyCells(svc service.Service, people int, changes string, list []outcome, spent []time.Duration) []string {
	var requests, drives []int
	var walls, used []time.Duration
	var peaks []int64
	for _, o := range list {
		requests, drives, peaks = append(requests, o.Requests), append(drives, o.Drives), append(peaks, o.Peak)
		walls, used = append(walls, o.Total.Wall), append(used, o.Total.CPU)
	}
	return []string{svc.Name(), strconv.Itoa(people), changes, strconv.Itoa(median(requests)), strconv.Itoa(median(drives)),
		seconds(median(walls)), seconds(median(used)), seconds(median(spent)), mb(median(peaks))}
}
