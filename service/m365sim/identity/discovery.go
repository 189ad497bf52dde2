package identity

import (
	"net/http"
	"net/url"
)

// discovery is the OpenID Connect metadata. The pages are on a host of their
// own, so that a browser opens them without a warning about the certificate.
func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	realm, failed := s.realm(r.PathValue("tenant"))
	if failed != nil {
		s.failJSON(w, r, failed)
		return
	}
	name, issuer := realm.name, s.issuer("{tenantid}")
	if !realm.any {
		name, issuer = realm.org.ID, s.issuer(realm.org.ID)
	}
	s.writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint":                        s.authority + "/" + name + "/oauth2/v2.0/token",
		"token_endpoint_auth_methods_supported": []string{"private_key_jwt"},
		"jwks_uri":                              s.authority + "/" + name + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"issuer":                                issuer,
		"request_uri_parameter_supported":       false,
		"authorization_endpoint":                s.browser + "/" + name + "/oauth2/v2.0/authorize",
		"end_session_endpoint":                  s.browser + "/" + name + "/oauth2/v2.0/logout",
		"http_logout_supported":                 true,
		"code_challenge_methods_supported":      []string{"S256"},
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "preferred_username", "name", "tid", "ver", "oid",
		},
		"tenant_region_scope":   nil,
		"cloud_instance_name":   "localhost",
		"cloud_graph_host_name": hostOf(s.graph),
		"msgraph_host":          hostOf(s.graph),
	})
}

// instances answers the question which hosts are this cloud.
func (s *Server) instances(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query().Get("authorization_endpoint")
	if u, err := url.Parse(asked); err != nil || u.Host == "" {
		s.failJSON(w, r, fail(90013, invalidRequest, "Invalid input received from the user."))
		return
	}
	host := hostOf(s.authority)
	s.writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.authority + "/common/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{
			{"preferred_network": host, "preferred_cache": host, "aliases": []string{host}},
		},
	})
}

func (s *Server) jwks(w http.ResponseWriter, r *http.Request) {
	if _, failed := s.realm(r.PathValue("tenant")); failed != nil {
		s.failJSON(w, r, failed)
		return
	}
	s.writeJSON(w, http.StatusOK, map[string]any{"keys": []any{s.keys.jwk()}})
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
