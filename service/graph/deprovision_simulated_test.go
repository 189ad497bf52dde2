package graph_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/service/graph"
)

// nothingLeft looks for what a grant made in the tenant.
func (w *world) nothingLeft(t *testing.T, app service.Application) {
	t.Helper()
	if _, found := w.sim.Application(app.ObjectID); found {
		t.Error("the application is there")
	}
	if n := len(w.sim.DeletedApplications()); n > 0 {
		t.Errorf("%d deleted applications are there", n)
	}
	if _, found := w.sim.ServicePrincipal(app.AppID); found {
		t.Error("the service principal is there")
	}
	if n := len(w.sim.DeletedServicePrincipals()); n > 0 {
		t.Errorf("%d deleted service principals are there", n)
	}
}

// removal are the steps of a removal, in their order.
func removal(admin *graph.Tenant, app service.Application) []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error { return admin.RemoveServicePrincipal(ctx, app.AppID) },
		func(ctx context.Context) error { return admin.RemoveApplication(ctx, app.ObjectID) },
		func(ctx context.Context) error { return admin.PurgeApplication(ctx, app.ObjectID) },
	}
}

func TestRemovalLeavesNothingAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 60, 9)
		w.delay = 20 * time.Second
		admin := w.administrator(t, w.sim.AdminUsername())
		app := prepare(t, admin, false, newCertificate(t))
		time.Sleep(time.Minute)
		for range 2 {
			for i, step := range removal(admin, app) {
				for range 2 {
					if err := step(t.Context()); err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
				}
			}
			w.nothingLeft(t, app)
		}
		// The name is free again.
		again := prepare(t, admin, false, newCertificate(t))
		if again.ObjectID == app.ObjectID || !again.Created {
			t.Errorf("granted anew: %+v", again)
		}
	})
}

func TestRemovalGoesOnAfterAnyStepWasCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for cut := range 3 {
			w := newWorld(t, 60, 9)
			admin := w.administrator(t, w.sim.AdminUsername())
			app := prepare(t, admin, false, newCertificate(t))
			switch sp, _ := w.sim.ServicePrincipal(app.AppID); cut {
			case 0: // the service principal was deleted, not yet purged
				if err := w.sim.DeleteServicePrincipal(sp.ID); err != nil {
					t.Fatal(err)
				}
			case 1: // somebody deleted the application in Entra
				if err := w.sim.DeleteApplication(app.ObjectID); err != nil {
					t.Fatal(err)
				}
			case 2: // and for good
				if err := w.sim.DeleteApplication(app.ObjectID); err != nil {
					t.Fatal(err)
				}
				if err := w.sim.PurgeApplication(app.ObjectID); err != nil {
					t.Fatal(err)
				}
			}
			for i, step := range removal(admin, app) {
				if err := step(t.Context()); err != nil {
					t.Fatalf("cut %d, step %d: %v", cut, i, err)
				}
			}
			w.nothingLeft(t, app)
		}
	})
}

func TestRemovalNeedsAnAdministrator(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 60, 9)
		app := prepare(t, w.administrator(t, w.sim.AdminUsername()), false, newCertificate(t))
		for i, step := range removal(w.administrator(t, w.sim.SomeUsername()), app) {
			if err := step(t.Context()); service.CodeOf(err) != service.CodeNotAdministrator {
				t.Errorf("step %d: %v, want %s", i, err, service.CodeNotAdministrator)
			}
		}
		if _, found := w.sim.Application(app.ObjectID); !found {
			t.Error("the application was removed all the same")
		}
	})
}

// TestCertificatesOfAnApplication: whose computers use it is known until it is
// gone, and then nobody's is.
func TestCertificatesOfAnApplication(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 60, 9)
		admin := w.administrator(t, w.sim.AdminUsername())
		cert := newCertificate(t)
		app := prepare(t, admin, false, cert)
		keys, err := admin.Certificates(t.Context(), app.ObjectID)
		if err != nil || len(keys) != 1 || keys[0].Thumbprint != cert.Thumbprint || keys[0].DisplayName == "" {
			t.Errorf("%+v, %v", keys, err)
		}
		for i, step := range removal(admin, app) {
			if err := step(t.Context()); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
		if keys, err := admin.Certificates(t.Context(), app.ObjectID); err != nil || len(keys) != 0 {
			t.Errorf("of what is gone: %+v, %v", keys, err)
		}
	})
}
