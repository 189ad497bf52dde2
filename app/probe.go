package app

import (
	"context"
	"net/http"
	"time"
)

// How often the program looks whether Microsoft 365 can be reached, so that
// Online and Offline are true also while nothing else is asked.
const (
	probeFirst   = time.Second
	probeOnline  = time.Minute
	probeOffline = 15 * time.Second
)

// Start starts the background of a window: casctl needs none of it.
func (a *App) Start() {
	a.background.loop("connection", a.probe)
	a.background.loop("daily", a.Daily.Run)
}

// Background runs f once, until it ends or the program does.
func (a *App) Background(name string, f func(context.Context) error) { a.background.task(name, f) }

func (a *App) probe(ctx context.Context) error {
	authority := a.Config.Authority
	if authority == "" {
		authority = "https://login.microsoftonline.com"
	}
	client := &http.Client{Transport: a.Connection, Timeout: 20 * time.Second}
	for first := true; ; first = false {
		pause := probeOnline
		if !a.Connection.Online() {
			pause = probeOffline
		}
		if first {
			pause = probeFirst // a program started without a network says so soon
		}
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, authority+"/organizations/v2.0/.well-known/openid-configuration", nil)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
		}
	}
}
