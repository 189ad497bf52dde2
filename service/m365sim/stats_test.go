package m365sim

import "testing"

func TestTemplate(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1.0/users":       "/v1.0/users",
		"/v1.0/users/delta": "/v1.0/users/delta",
		"/v1.0/users/o'hara+x@contoso.example/drive":              "/v1.0/users/{id}/drive",
		"/v1.0/sites/delta":                                       "/v1.0/sites/delta",
		"/v1.0/sites/getAllSites":                                 "/v1.0/sites/getAllSites",
		"/v1.0/sites/x.sharepoint.com,1,2/sites":                  "/v1.0/sites/{id}/sites",
		"/v1.0/sites/x.sharepoint.com:/sites/a/b":                 "/v1.0/sites/{id}",
		"/v1.0/sites/x.sharepoint.com:/sites/a/b:/drive":          "/v1.0/sites/{id}/drive",
		"/v1.0/drives/b!x/root/delta":                             "/v1.0/drives/{id}/root/delta",
		"/v1.0/users/$count":                                      "/v1.0/users/$count",
		"/v1.0/users/x/mailFolders/inbox/messages/AAk":            "/v1.0/users/{id}/mailFolders/inbox/messages/{id}",
		"/v1.0/applications(uniqueName='a/b')":                    "/v1.0/applications(uniqueName={id})",
		"/v1.0/users('x')/messages":                               "/v1.0/users({id})/messages",
		"/c52dac98-4504-453a-a243-f16e47f627ba/oauth2/v2.0/token": "/{id}/oauth2/v2.0/token",
		"/v1.0/groups/c52dac98-4504-453a-a243-f16e47f627ba/transitiveMembers/microsoft.graph.user": "/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user",
	} {
		if got := template(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
