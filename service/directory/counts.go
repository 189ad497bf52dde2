package directory

import (
	"context"

	"cloudappsecurity/service"
)

// Counts gives how many users and groups the directory has.
func (d *Directory) Counts(ctx context.Context, svc service.Service) (users, groups int, err error) {
	graph, err := d.graph(svc)
	if err != nil {
		return 0, 0, err
	}
	return graph.Counts(ctx)
}
