package grant

import (
	"context"
	"crypto/x509"
	"time"

	"cloudappsecurity/service"
)

// prepare redeems the sign-in and makes the tenant ready: application,
// certificate, service principal, and a first token. The administrator's token
// lives in this call only.
func (r *session) prepare(ctx context.Context, signIn service.SignIn, code service.Secret) outcome {
	var admin service.Administrator
	err := patiently(ctx, func() (err error) {
		admin, err = r.g.c.Identity.CompleteSignIn(ctx, signIn, code)
		return err
	})
	if err != nil {
		return outcome{err: err}
	}
	if r.org.TenantID != "" && r.org.TenantID != admin.TenantID {
		return outcome{err: wrongTenant(r.org)}
	}
	provision, err := r.g.c.Provision(r.service, admin.Token)
	if err != nil {
		return outcome{err: err}
	}
	admin.Token = service.Token{}
	r.admin = admin
	if err := r.provision(ctx, provision); err != nil {
		return outcome{err: err}
	}
	return r.awaitToken(ctx)
}

func (r *session) provision(ctx context.Context, p service.Provisioner) error {
	r.preparing("Reading the organization")
	org, err := p.Organization(ctx)
	if err != nil {
		return err
	}
	if org.TenantID != r.admin.TenantID {
		return wrongTenant(r.org)
	}
	org.Option, org.Demo = r.org.Option, r.g.c.Demo
	r.org = org
	if r.account.TenantID != org.TenantID {
		// An attempt that was never granted may have begun in another tenant.
		r.account = service.Account{Service: r.service, State: service.StateNotGranted, TenantID: org.TenantID}
	}
	r.preparing(`Preparing the application "` + r.service.ApplicationName() + `"`)
	app, err := p.EnsureApplication(ctx, service.ApplicationSpec{
		UniqueName: r.service.UniqueName(), DisplayName: r.service.ApplicationName(),
		Permissions: r.service.Permissions(),
		// The exact address beside the one without a port: the consent page's
		// own text asks for an exact match.
		RedirectURIs: []string{"http://localhost/consent", r.handoff.ConsentRedirectURI()},
	})
	if err != nil {
		return err
	}
	if err := r.certify(ctx, p, app); err != nil {
		return err
	}
	r.preparing("Preparing the service principal")
	principal, err := p.EnsureServicePrincipal(ctx, app.AppID)
	if err != nil {
		return err
	}
	r.account.ServicePrincipalID = principal
	if err := r.remember(ctx); err != nil {
		return err
	}
	return r.g.c.Accounts.SaveAccount(ctx, r.account)
}

// certify sees to it that exactly one certificate of this program is registered
// and that its key is here. The key is stored before the tenant knows its
// certificate, so that a kill between the two leaves nothing unusable.
func (r *session) certify(ctx context.Context, p service.Provisioner, app service.Application) error {
	g := r.g
	installation, err := g.c.Accounts.Installation(ctx, g.c.Computer)
	if err != nil {
		return err
	}
	if r.account.AppID != app.AppID {
		r.account.Certificate = service.Certificate{} // sealed for another application
	}
	r.account.AppObjectID, r.account.AppID, r.account.UniqueName = app.ObjectID, app.AppID, app.UniqueName
	k := judgeKeys(app.Keys, r.account.Certificate, installation, g.c.Now())
	if k.other != nil {
		if err := r.askMove(ctx, *k.other); err != nil {
			return err
		}
	}
	if k.reuse {
		if _, err := openKey(ctx, g.c.Vault, r.account); err == nil {
			if len(k.drop) > 0 {
				return p.SetKeyCredentials(ctx, app.ObjectID, r.account.Certificate, certificateName(installation), k.drop)
			}
			return nil
		}
		k.drop = append(k.drop, r.account.Certificate.KeyID)
	}
	return r.register(ctx, p, installation, k.drop)
}

// register makes a certificate and registers it. A tenant may forbid long
// lifetimes: shorter ones are tried, the policy is left as it is.
func (r *session) register(ctx context.Context, p service.Provisioner, i service.Installation, drop []string) error {
	r.preparing("Registering the certificate of this computer")
	var err error
	for _, lifetime := range []time.Duration{CertificateLifetime, CertificateLifetime / 2, CertificateLifetime / 4} {
		if err = r.newCertificate(ctx, i, lifetime); err != nil {
			return err
		}
		err = p.SetKeyCredentials(ctx, r.account.AppObjectID, r.account.Certificate, certificateName(i), drop)
		if service.CodeOf(err) != service.CodeCredentialPolicy {
			break
		}
	}
	return err
}

func (r *session) newCertificate(ctx context.Context, i service.Installation, lifetime time.Duration) error {
	cert, key, err := r.g.c.Certificates.NewCertificate(i, r.service, lifetime)
	if err != nil {
		return err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	defer clear(plain)
	if cert.SealedKey, err = r.g.c.Vault.Seal(ctx, plain, sealing(r.account.TenantID, r.account.AppID)); err != nil {
		return err
	}
	r.account.Certificate = cert
	if !r.account.Granted() {
		r.account.State = service.StateGranting
	}
	return r.g.c.Accounts.SaveAccount(ctx, r.account)
}

// askMove asks whether protection moves from another computer to this one. The
// question stands in the wizard and in the tab; one answer is enough.
func (r *session) askMove(ctx context.Context, q service.MoveQuestion) error {
	if r.opt.Move {
		return nil
	}
	for drained := false; !drained; {
		select {
		case <-r.answers: // an answer to no question
		default:
			drained = true
		}
	}
	r.handoff.Show(service.HandoffPage{Kind: service.HandoffMove, Move: &q})
	r.g.update(r.service, func(p *service.GrantProgress) { p.Move, p.Waiting = &q, q.Text() })
	defer r.g.update(r.service, func(p *service.GrantProgress) { p.Move, p.Waiting = nil, "" })
	select {
	case <-ctx.Done():
		return canceled(ctx.Err())
	case yes := <-r.answers:
		if !yes {
			return notMoved(q)
		}
		return nil
	}
}

// awaitToken waits until Entra knows the application and its certificate. The
// consent page would fail before that, on Microsoft's side, where nobody can
// help.
func (r *session) awaitToken(ctx context.Context) outcome {
	r.preparing(waitKnown)
	began := r.g.c.Now()
	limited, stop := context.WithTimeout(ctx, ReplicationTimeout)
	defer stop()
	pause := 500 * time.Millisecond
	seen := 0
	var last error
	for {
		token, err := r.g.c.Tokens.obtain(limited, r.account)
		if limited.Err() != nil && ctx.Err() == nil && last != nil && service.CodeOf(err) == service.CodeTimeout {
			err = last // a request that the limit cut says nothing
		}
		switch last = err; {
		case err == nil && len(r.service.MissingRoles(token.Roles)) == 0:
			return outcome{} // consented before: nothing is left to accept
		case err == nil:
			// Objects come and go while they replicate: one hit proves little.
			if seen++; seen >= 3 {
				return outcome{prepared: true}
			}
		case !service.AsError(err).Transient():
			return outcome{err: err}
		default:
			seen = 0
			r.still(began, err, true)
		}
		wait := time.NewTimer(pauseAfter(err, pause))
		select {
		case <-limited.Done():
			wait.Stop()
			if ctx.Err() != nil {
				return outcome{err: canceled(ctx.Err())}
			}
			return outcome{prepared: err == nil, err: err}
		case <-wait.C:
		}
		if seen == 0 {
			pause = min(pause*3/2, 5*time.Second)
		}
	}
}
