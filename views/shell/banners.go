package shell

import (
	"fmt"

	"cloudappsecurity/views/ui"
)

// DemoBanner says that the organization is simulated. It comes first.
func DemoBanner() Banner {
	return Banner{Text: ui.BannerText{Tone: ui.Info, Icon: "beaker", Bold: "Demo organization.",
		More: "Microsoft 365 is simulated on this computer. Its sign-in page shows the account to use."}}
}

// OfflineBanner says that the network is away, and how many synchronizations wait for it.
func OfflineBanner(waiting int) Banner {
	more := "Nothing new arrives until the connection is back."
	switch {
	case waiting == 1:
		more += " 1 synchronization waits for it."
	case waiting > 1:
		more += fmt.Sprintf(" %d synchronizations wait for it.", waiting)
	}
	return Banner{Text: ui.BannerText{Icon: "cloud_off", Bold: "You are offline.", More: more}}
}

// ActionBanner says that a service needs somebody, with the button which solves it.
func ActionBanner(what, meaning string, action *ui.Button) Banner {
	return Banner{Text: ui.BannerText{Tone: ui.Bad, Bold: what, More: meaning, Stacked: true}, Action: action}
}
