package graph

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"cloudappsecurity/service"

	abs "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// Drives reads users' drives with a service's app-only token.
type Drives struct{ c *Client }

var _ service.Drives = (*Drives)(nil)

// noDrive says whether SharePoint answered that there is no drive. Graph
// documents no list of these answers; these were seen: 404 "User's mysite not
// found." (https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/579) and
// "404 FILE NOT FOUND" (https://github.com/alcionai/corso/issues/3846), 400
// "Unable to retrieve user's mysite URL."
// (https://github.com/microsoftgraph/microsoft-graph-docs/issues/1354), and of
// shared mailboxes 403 UnknownError without a message
// (https://github.com/microsoftgraph/microsoft-graph-docs/issues/12216).
func noDrive(err error) bool {
	a := answer(err)
	if a == nil {
		return false
	}
	switch a.Status {
	case 404:
		return !a.is("Request_ResourceNotFound") // which is of the user
	case 403:
		return a.is("UnknownError") && a.Message == ""
	default:
		return strings.Contains(strings.ToLower(a.Message), "user's mysite")
	}
}

// Drive gives a user's drive. Only a delegated token's request would make one.
// https://learn.microsoft.com/graph/api/drive-get
func (d *Drives) Drive(ctx context.Context, userID string) (service.Drive, error) {
	const what = "asking for someone's OneDrive"
	v, err := d.c.object(ctx, call{method: abs.GET, url: d.c.at("/users/"+url.PathEscape(userID)+"/drive", "$select", "id,webUrl")},
		models.CreateDriveFromDiscriminatorValue)
	if noDrive(err) {
		return service.Drive{}, &service.Error{Code: service.CodeNoDrive, Message: "This person has no OneDrive yet.",
			Help: "It is made when the person opens OneDrive for the first time.", Cause: err}
	}
	if err != nil {
		return service.Drive{}, d.c.fail(ctx, what, err)
	}
	m, ok := v.(models.Driveable)
	if !ok || text(m.GetId()) == "" {
		return service.Drive{}, d.c.fail(ctx, what, errNoAnswer)
	}
	return service.Drive{ID: text(m.GetId()), URL: text(m.GetWebUrl())}, nil
}

// CheckDrive reads the root folder of a drive.
// https://learn.microsoft.com/graph/api/driveitem-get
func (d *Drives) CheckDrive(ctx context.Context, driveID string) error {
	return d.c.readRoot(ctx, "reading a OneDrive", d.c.at("/drives/"+url.PathEscape(driveID)+"/root", "$select", "id,folder"))
}

// readRoot reads the root folder at an address.
func (c *Client) readRoot(ctx context.Context, what, address string) error {
	v, err := c.object(ctx, call{method: abs.GET, url: address}, models.CreateDriveItemFromDiscriminatorValue)
	if err == nil {
		_, err = idOf(v)
	}
	if err == nil {
		if m, ok := v.(models.DriveItemable); !ok || m.GetFolder() == nil {
			err = errors.New("the root is not a folder")
		}
	}
	return c.fail(ctx, what, err)
}
