package desktop

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"cloudappsecurity/service"
	"cloudappsecurity/views/dashboard"
)

// TestTrayCountsWhatIsCovered: people of Exchange Online, sites of SharePoint
// Online.
func TestTrayCountsWhatIsCovered(t *testing.T) {
	test.NewTempApp(t) // numbers are written by its theme
	state := func(s service.Service, n int) dashboard.ServiceState {
		return dashboard.ServiceState{Account: service.Account{Service: s, State: service.StateGranted}, Counts: service.TargetCounts{Protected: n}}
	}
	_, lines := trayState(&frameState{org: service.Organization{DisplayName: "Contoso Bakery"}, online: true, services: []dashboard.ServiceState{
		state(service.ExchangeOnline, 53), state(service.SharePointOnline, 1), {Account: service.Account{Service: service.OneDrive, State: service.StateNotGranted}},
	}})
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.text)
	}
	want := []string{"Contoso Bakery: Online", "Exchange Online: access granted, 53 people", "SharePoint Online: access granted, 1 site"}
	if !slices.Equal(texts, want) {
		t.Errorf("the tray says %q", texts)
	}
}
