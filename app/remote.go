package app

import (
	"context"
	"sync/atomic"
	"time"

	"cloudappsecurity/service"
	"cloudappsecurity/service/grant"
	"cloudappsecurity/service/graph"
)

// remote makes Graph clients: with the administrator's token while an
// application is prepared, with a service's own token afterwards.
type remote struct {
	app    *App
	tokens *grant.Tokens
}

func (r *remote) config(s service.Service) graph.Config {
	c := r.app.Config
	return graph.Config{
		BaseURL: c.Graph, Transport: r.app.Connection, UserAgent: "CloudAppSecurity/" + c.Version, Now: c.Now, Log: c.Log,
		Waiting: func(reason string, _ time.Time) { r.app.Grants.Waiting(s, reason) },
	}
}

func (r *remote) provision(s service.Service, t service.Token) (service.Provisioner, error) {
	return r.tenant(s, t)
}

func (r *remote) deprovision(s service.Service, t service.Token) (service.Deprovisioner, error) {
	return r.tenant(s, t)
}

// tenant is Graph with the administrator's token.
func (r *remote) tenant(s service.Service, t service.Token) (*graph.Tenant, error) {
	c := r.config(s)
	c.Token = func(context.Context) (service.Token, error) { return t, nil }
	client, err := graph.New(c)
	if err != nil {
		return nil, err
	}
	return client.Tenant(), nil
}

func (r *remote) directory(s service.Service) (service.Directory, error) {
	client, err := r.client(s)
	if err != nil {
		return nil, err
	}
	return client.Directory(), nil
}

func (r *remote) sites(s service.Service) (service.Sites, error) {
	client, err := r.client(s)
	if err != nil {
		return nil, err
	}
	return client.Sites(), nil
}

func (r *remote) drives(s service.Service) (service.Drives, error) {
	client, err := r.client(s)
	if err != nil {
		return nil, err
	}
	return client.Drives(), nil
}

// client is Graph with the service's own token.
func (r *remote) client(s service.Service) (*graph.Client, error) {
	c := r.config(s)
	var asked atomic.Bool
	c.Token = func(ctx context.Context) (service.Token, error) {
		if asked.Swap(true) {
			r.tokens.Forget(s) // Graph refused the one that it got
		}
		return r.tokens.Token(ctx, s)
	}
	return graph.New(c)
}
