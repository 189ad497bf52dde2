//go:build deps

// Package deps holds dependencies in go.mod while the first packages are being written; it goes with the last merge.
package deps

import (
	_ "fyne.io/fyne/v2/app"
	_ "fyne.io/fyne/v2/test"
	_ "fyne.io/fyne/v2/widget"
	_ "fyne.io/systray"
	_ "github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	_ "github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	_ "github.com/cenkalti/backoff/v5"
	_ "github.com/chromedp/cdproto/har"
	_ "github.com/chromedp/chromedp"
	_ "github.com/dweymouth/fyne-tooltip"
	_ "github.com/gofrs/flock"
	_ "github.com/godbus/dbus/v5"
	_ "github.com/golang-jwt/jwt/v5"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/uuid"
	_ "github.com/microsoft/kiota-http-go"
	_ "github.com/microsoft/kiota-serialization-json-go"
	_ "github.com/microsoftgraph/msgraph-sdk-go-core"
	_ "github.com/microsoftgraph/msgraph-sdk-go/models"
	_ "github.com/pkg/browser"
	_ "github.com/pressly/goose/v3"
	_ "github.com/spf13/cobra"
	_ "github.com/thejerf/suture/v4"
	_ "github.com/zalando/go-keyring"
	_ "golang.org/x/net/html"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/term"
	_ "golang.org/x/time/rate"
	_ "modernc.org/sqlite"
)
