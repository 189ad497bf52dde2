package graph

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"cloudappsecurity/service"

	"github.com/google/go-cmp/cmp"
)

const keyID = "11111111-2222-3333-4444-555555555555"

func testCertificate() service.Certificate {
	return service.Certificate{DER: []byte("a certificate"), KeyID: keyID,
		NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)}
}

const (
	appByName = "/v1.0/applications(uniqueName='cas%20o%27%27x')"
	appRead   = appByName + "?$select=id,appId,uniqueName,keyCredentials"
	appAnswer = `{"id":"object-1","appId":"app-1","uniqueName":"cas o'x","keyCredentials":[]}`
	deleted   = "/v1.0/directory/deletedItems/microsoft.graph.application?$select=id,uniqueName"
)

func testSpec() service.ApplicationSpec {
	return service.ApplicationSpec{
		UniqueName: "cas o'x", DisplayName: "Cloud App Security for Exchange Online",
		Permissions:  service.ExchangeOnline.Permissions()[:1],
		RedirectURIs: []string{"http://localhost/consent", "http://localhost:1234/consent"},
	}
}

func TestEnsureApplication(t *testing.T) {
	t.Parallel()
	kept := graphError("Request_BadRequest", "Another object with the same value for property uniqueName already exists.")
	tests := []struct {
		name string
		stub func(*fake)
		want service.Application
		code service.Code
	}{
		{"created, shown late", func(f *fake) {
			f.on("PATCH", appByName, 201, appAnswer)
			f.on("GET", appRead, 404, graphError("Request_ResourceNotFound", ""))
			f.on("GET", appRead, 200, appAnswer)
		}, service.Application{ObjectID: "object-1", AppID: "app-1", UniqueName: "cas o'x", Created: true}, ""},
		{"updated", func(f *fake) {
			f.on("PATCH", appByName, 409, graphError("Directory_ConcurrencyViolation", ""))
			f.on("PATCH", appByName, 204, "")
			f.on("GET", appRead, 200, appAnswer)
		}, service.Application{ObjectID: "object-1", AppID: "app-1", UniqueName: "cas o'x"}, ""},
		{"deleted before", func(f *fake) {
			f.on("PATCH", appByName, 400, kept)
			f.on("GET", deleted, 200, `{"value":[{"id":"other","uniqueName":"another"}],"@odata.nextLink":"`+fakeBase+`/v1.0/directory/deletedItems/microsoft.graph.application?$skiptoken=2"}`)
			f.on("GET", "/v1.0/directory/deletedItems/microsoft.graph.application?$skiptoken=2", 200, `{"value":[{"id":"object-1","uniqueName":"cas o'x"}]}`)
			f.on("POST", "/v1.0/directory/deletedItems/object-1/restore", 200, `{"@odata.type":"#microsoft.graph.application","id":"object-1"}`)
			f.on("PATCH", appByName, 400, kept)
			f.on("PATCH", appByName, 404, graphError("Request_ResourceNotFound", ""))
			f.on("PATCH", appByName, 204, "")
			f.on("GET", appRead, 200, appAnswer)
		}, service.Application{ObjectID: "object-1", AppID: "app-1", UniqueName: "cas o'x", Restored: true}, ""},
		{"deleted, not to be found", func(f *fake) {
			f.on("PATCH", appByName, 400, kept)
			f.on("GET", deleted, 200, `{"value":[]}`)
		}, service.Application{}, service.CodeReplication},
		{"no administrator", func(f *fake) {
			f.on("PATCH", appByName, 403, graphError("Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
		}, service.Application{}, service.CodeNotAdministrator},
		{"refused", func(f *fake) {
			f.on("PATCH", appByName, 400, graphError("Request_BadRequest", "Invalid value"))
		}, service.Application{}, service.CodeInternal},
		{"wrong answer", func(f *fake) {
			f.on("PATCH", appByName, 204, "")
			f.on("GET", appRead, 200, `{"id":"object-1","appId":7}`)
		}, service.Application{}, service.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			tt.stub(f)
			got, err := f.client().Tenant().EnsureApplication(t.Context(), testSpec())
			wantCode(t, err, tt.code)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			first := f.requests()[0]
			if first.header.Get("Prefer") != "create-if-missing" {
				t.Errorf("headers: %v", first.header)
			}
			var body, want map[string]any
			if err := json.Unmarshal([]byte(first.body), &body); err != nil {
				t.Fatal(err)
			}
			delete(body, "@odata.type")
			_ = json.Unmarshal([]byte(`{"displayName":"Cloud App Security for Exchange Online","signInAudience":"AzureADMyOrg",
				"requiredResourceAccess":[{"resourceAppId":"00000003-0000-0000-c000-000000000000","resourceAccess":[{"id":"e2a3a72e-5f79-4c64-b1b1-878b674786c9","type":"Role"}]}],
				"web":{"redirectUris":["http://localhost/consent","http://localhost:1234/consent"]}}`), &want)
			if d := cmp.Diff(want, body); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReplicationEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.on("PATCH", appByName, 204, "")
		for range 60 {
			f.on("GET", appRead, 404, graphError("Request_ResourceNotFound", ""))
		}
		var said []string
		began := time.Now()
		c := f.client(func(c *Config) {
			c.Sleep = nil
			c.Waiting = func(reason string, _ time.Time) { said = append(said, reason) }
		})
		_, err := c.Tenant().EnsureApplication(t.Context(), testSpec())
		wantCode(t, err, service.CodeReplication)
		if took := time.Since(began); took < replicationTime-15*time.Second || took > replicationTime {
			t.Errorf("it took %s", took)
		}
		if len(said) == 0 || said[0] != waitReplication || said[len(said)-1] != "" {
			t.Errorf("progress: %q", said)
		}
		for _, s := range f.want { // how many are asked depends on the jitter
			s.used = true
		}
	})
}

func TestApplicationKeys(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	der := []byte("a certificate")
	sum := sha256.Sum256(der)
	short := sha1.Sum(der)
	f.on("GET", "/v1.0/applications/object-1?$select=id,appId,uniqueName,keyCredentials", 200, `{"id":"object-1","appId":"app-1","keyCredentials":[
		{"keyId":"`+keyID+`","displayName":"CAS 1","key":"`+base64.StdEncoding.EncodeToString(der)+`","startDateTime":"2026-01-02T03:04:05Z","endDateTime":"2027-01-02T03:04:05.1234567Z"},
		{"keyId":"`+keyID+`","key":null,"customKeyIdentifier":"`+base64.StdEncoding.EncodeToString(sum[:])+`"},
		{"keyId":"`+keyID+`","key":null,"customKeyIdentifier":"`+base64.StdEncoding.EncodeToString(short[:])+`"}]}`)
	got, err := f.client().Tenant().Application(t.Context(), "object-1")
	if err != nil {
		t.Fatal(err)
	}
	want := []service.KeyCredential{
		{KeyID: keyID, DisplayName: "CAS 1", Thumbprint: hex.EncodeToString(sum[:]),
			NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2027, 1, 2, 3, 4, 5, 123456700, time.UTC)},
		{KeyID: keyID, Thumbprint: hex.EncodeToString(sum[:])},
		{KeyID: keyID},
	}
	if d := cmp.Diff(want, got.Keys); d != "" {
		t.Error(d)
	}
}

func TestSetKeyCredentials(t *testing.T) {
	t.Parallel()
	const (
		path = "/v1.0/applications/object-1"
		read = path + "?$select=keyCredentials"
		// A time that a parser and a formatter would not give back as it was.
		other = `{"customKeyIdentifier":"AAEC","displayName":"other","endDateTime":"2027-05-05T00:00:00.1200000Z","key":"b3RoZXI=","keyId":"99999999-0000-0000-0000-000000000000","startDateTime":"2026-05-05T00:00:00Z","type":"AsymmetricX509Cert","usage":"Verify"}`
		gone  = `{"displayName":"gone","key":null,"keyId":"AAAAAAAA-0000-0000-0000-000000000000","type":"AsymmetricX509Cert","usage":"Verify"}`
		ours  = `{"displayName":"CAS","key":null,"keyId":"` + keyID + `","type":"AsymmetricX509Cert","usage":"Verify"}`
	)
	sent := func(f *fake) string {
		for _, r := range f.requests() {
			if r.method == "PATCH" {
				return r.body
			}
		}
		return ""
	}
	tests := []struct {
		name string
		stub func(*fake)
		drop []string
		sent string
		code service.Code
	}{
		{"added and one dropped, shown late", func(f *fake) {
			f.on("GET", read, 404, graphError("Request_ResourceNotFound", ""))
			f.on("GET", read, 200, `{"keyCredentials":[`+other+`,`+gone+`]}`)
			f.on("PATCH", path, 204, "")
			f.on("GET", read, 200, `{"keyCredentials":[`+other+`,`+gone+`]}`)
			f.on("GET", read, 200, `{"keyCredentials":[`+other+`,`+ours+`]}`)
		}, []string{"aaaaaaaa-0000-0000-0000-000000000000"},
			`{"keyCredentials":[{"customKeyIdentifier":"AAEC","displayName":"other","endDateTime":"2027-05-05T00:00:00.1200000Z","key":null,"keyId":"99999999-0000-0000-0000-000000000000","startDateTime":"2026-05-05T00:00:00Z","type":"AsymmetricX509Cert","usage":"Verify"},` +
				`{"displayName":"CAS","endDateTime":"2027-01-02T03:04:05Z","key":"YSBjZXJ0aWZpY2F0ZQ==","keyId":"` + keyID + `","startDateTime":"2026-01-02T03:04:05Z","type":"AsymmetricX509Cert","usage":"Verify"}]}`, ""},
		{"there already", func(f *fake) {
			f.on("GET", read, 200, `{"keyCredentials":[`+ours+`]}`)
			f.on("GET", read, 200, `{"keyCredentials":[`+ours+`]}`)
		}, nil, "", ""},
		{"there under another key ID", func(f *fake) {
			sum := sha1.Sum(testCertificate().DER)
			list := `{"keyCredentials":[{"keyId":"x","customKeyIdentifier":"` + base64.StdEncoding.EncodeToString(sum[:]) + `"}]}`
			f.on("GET", read, 200, list)
			f.on("GET", read, 200, list)
		}, nil, "", ""},
		{"the answer was lost", func(f *fake) {
			f.on("GET", read, 200, `{"keyCredentials":[]}`)
			f.on("PATCH", path, 502, "")
			f.on("PATCH", path, 400, graphError("Request_BadRequest", "Update to existing credential is not allowed."))
			f.on("GET", read, 200, `{"keyCredentials":[`+ours+`]}`)
			f.on("GET", read, 200, `{"keyCredentials":[`+ours+`]}`)
		}, nil, `{"keyCredentials":[{"displayName":"CAS","endDateTime":"2027-01-02T03:04:05Z","key":"YSBjZXJ0aWZpY2F0ZQ==","keyId":"` + keyID + `","startDateTime":"2026-01-02T03:04:05Z","type":"AsymmetricX509Cert","usage":"Verify"}]}`, ""},
		{"a policy", func(f *fake) {
			f.on("GET", read, 200, `{"keyCredentials":[]}`)
			f.on("PATCH", path, 400, graphError("CredentialInvalidLifetimeAsPerAppPolicy", "Credential lifetime exceeds the max value allowed as per assigned policy."))
		}, nil, "-", service.CodeCredentialPolicy},
		{"no administrator", func(f *fake) {
			f.on("GET", read, 200, `{"keyCredentials":[]}`)
			f.on("PATCH", path, 403, graphError("Authorization_RequestDenied", "Insufficient privileges."))
		}, nil, "-", service.CodeNotAdministrator},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			tt.stub(f)
			err := f.client().Tenant().SetKeyCredentials(t.Context(), "object-1", testCertificate(), "CAS", tt.drop)
			wantCode(t, err, tt.code)
			if tt.sent != "-" {
				if d := cmp.Diff(tt.sent, sent(f)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestEnsureServicePrincipal(t *testing.T) {
	t.Parallel()
	const (
		read = "/v1.0/servicePrincipals(appId='app-1')?$select=id,appId"
		post = "/v1.0/servicePrincipals"
	)
	missing := graphError("Request_ResourceNotFound", "")
	tests := []struct {
		name string
		stub func(*fake)
		code service.Code
	}{
		{"there", func(f *fake) { f.on("GET", read, 200, `{"id":"sp-1","appId":"app-1"}`) }, ""},
		{"made, the application shown late", func(f *fake) {
			f.on("GET", read, 404, missing)
			f.on("POST", post, 400, graphError("Request_BadRequest", "The appId 'app-1' of the service principal does not reference a valid application object."))
			f.on("POST", post, 403, graphError("Authorization_RequestDenied", "The backing application of the service principal being created must in the local tenant"))
			f.on("POST", post, 201, `{"id":"sp-1","appId":"app-1"}`)
		}, ""},
		{"made meanwhile", func(f *fake) {
			f.on("GET", read, 404, missing)
			f.on("POST", post, 409, graphError("Request_MultipleObjectsWithSameKeyValue", ""))
			f.on("GET", read, 404, missing)
			f.on("GET", read, 200, `{"id":"sp-1","appId":"app-1"}`)
		}, ""},
		{"no administrator", func(f *fake) {
			f.on("GET", read, 404, missing)
			f.on("POST", post, 403, graphError("Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
		}, service.CodeNotAdministrator},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			tt.stub(f)
			id, err := f.client().Tenant().EnsureServicePrincipal(t.Context(), "app-1")
			wantCode(t, err, tt.code)
			if err == nil && id != "sp-1" {
				t.Errorf("got %q", id)
			}
		})
	}
}

func TestOrganization(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	const read = "/v1.0/organization?$select=id,displayName,verifiedDomains"
	f.on("GET", read, 200, `{"value":[{"id":"tenant-1","displayName":"Contoso","verifiedDomains":[{"name":"contoso.onmicrosoft.com","isDefault":false},{"name":"contoso.com","isDefault":true}]}]}`)
	c := f.client().Tenant()
	got, err := c.Organization(t.Context())
	if d := cmp.Diff(service.Organization{TenantID: "tenant-1", DisplayName: "Contoso", DefaultDomain: "contoso.com"}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	f.on("GET", read, 200, `{"value":[]}`)
	_, err = c.Organization(t.Context())
	wantCode(t, err, service.CodeInternal)
}
