package bench

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"cloudappsecurity/app/realparts"
	"cloudappsecurity/service"
	"cloudappsecurity/service/entra"
	"cloudappsecurity/service/m365sim"
	"cloudappsecurity/service/m365sim/faults"
	"cloudappsecurity/service/m365sim/tenant"
)

// servicePlan is how large the simulated organization is.
type servicePlan struct{ Users, Groups int }

// place is where the simulation is, and how to obtain a token there.
type place struct {
	m365sim.Info
	AppIDs map[service.Service]string
	DER    []byte // the certificate
	Key    []byte // PKCS#8, of nothing but this simulation
	Change string // where to ask for changes of the directory
}

// serve is the simulated Microsoft 365, whose application is granted already.
func serve(ctx context.Context, plan servicePlan) error {
	server, err := m365sim.Start(ctx, m365sim.Options{Seed: 1, Users: plan.Users, Groups: plan.Groups, Rendered: true,
		// The limit of a real tenant of 100,000 is 6,000 drives a minute; what is measured is the program.
		Faults: map[string]json.RawMessage{faults.SharePointUnits: json.RawMessage("1000000000")}})
	if err != nil {
		return err
	}
	p, err := grantAccess(server)
	if err == nil {
		p.Change, err = serveChanges(ctx, server)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(p)
	}
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, server.Close())
}

// grantAccess does what an administrator does in the wizard.
func grantAccess(server *m365sim.Server) (place, error) {
	p := place{Info: server.Info()}
	identity, _, err := p.identity()
	if err != nil {
		return p, err
	}
	cert, key, err := identity.NewCertificate(service.Installation{ID: "bench"}, service.ExchangeOnline, 24*time.Hour)
	if err != nil {
		return p, err
	}
	if p.Key, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return p, err
	}
	p.DER = cert.DER
	p.AppIDs = map[service.Service]string{}
	for _, svc := range []service.Service{service.ExchangeOnline, service.OneDrive} {
		if p.AppIDs[svc], err = grantApplication(server.Tenant(), svc, cert); err != nil {
			return p, err
		}
	}
	return p, nil
}

// grantApplication makes the application of one service, and gives its ID.
func grantApplication(t *tenant.Tenant, svc service.Service, cert service.Certificate) (string, error) {
	app, _, err := t.UpsertApplication("bench-"+string(svc), func(a *tenant.Application) error {
		required := tenant.RequiredResource{ResourceAppID: tenant.GraphAppID}
		for _, permission := range svc.Permissions() {
			role, found := tenant.GraphRole(permission.Value)
			if !found {
				return fmt.Errorf("no role %s", permission.Value)
			}
			required.ResourceAccess = append(required.ResourceAccess, tenant.ResourceAccess{ID: role.ID, Type: "Role"})
		}
		a.DisplayName, a.RequiredResources = "Bench", []tenant.RequiredResource{required}
		a.KeyCredentials = []tenant.KeyCredential{{KeyID: cert.KeyID, Certificate: cert.DER, Start: cert.NotBefore, End: cert.NotAfter}}
		return nil
	})
	if err != nil {
		return "", err
	}
	if _, err := t.CreateServicePrincipal(app.AppID); err != nil {
		return "", err
	}
	return app.AppID, t.ConsentApplication(app.AppID)
}

// identity makes the sign-in and the connection that the clients share: they
// differ in what they do with an answer only.
func (p place) identity() (*entra.Client, *http.Transport, error) {
	pem, err := os.ReadFile(p.CAFile)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	transport := &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	client, err := entra.New(entra.Config{Authority: p.Authority, HTTPClient: &http.Client{Transport: transport, Timeout: time.Minute}})
	return client, transport, err
}

// token gives the source of tokens of one service.
func (p place) token(identity *entra.Client, svc service.Service) (func(context.Context) (service.Token, error), error) {
	key, err := x509.ParsePKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key can't sign")
	}
	c := service.Credential{TenantID: p.TenantID, AppID: p.AppIDs[svc], CertificateDER: p.DER, Key: signer}
	return func(ctx context.Context) (service.Token, error) { return identity.AppToken(ctx, c) }, nil
}

// simulate starts the simulation as a process.
func simulate(b *testing.B, users, groups int) (place, *realparts.Process) {
	b.Helper()
	var p place
	process := start(b, "service", servicePlan{users, groups}, &p)
	return p, process
}
