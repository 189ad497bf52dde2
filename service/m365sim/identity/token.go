package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"cloudappsecurity/service/m365sim/tenant"
)

// tokens is the answer of the token endpoint.
type tokens struct {
	Type        string `json:"token_type"`
	Scope       string `json:"scope,omitempty"`
	Expires     int    `json:"expires_in"`
	ExtExpires  int    `json:"ext_expires_in"`
	Access      string `json:"access_token"`
	Refresh     string `json:"refresh_token,omitempty"`
	ID          string `json:"id_token,omitempty"`
	ClientInfo  string `json:"client_info,omitempty"`
	accountInfo string
}

// Role template ids of the directory, as the claim wids has them.
const (
	widGlobalAdmin = "62e90394-69f5-4237-9190-012177145e10"
	widUser        = "b79fbf4d-3ef9-4689-8143-76b194e85509"
)

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
	out, refusal := s.answerToken(r)
	if refusal != nil {
		s.failJSON(w, r, refusal)
		return
	}
	if r.PostForm.Get("client_info") == "1" {
		out.ClientInfo = out.accountInfo
	}
	s.writeJSON(w, http.StatusOK, out)
}

func (s *Server) answerToken(r *http.Request) (tokens, *failure) {
	in, refusal := s.realm(r.PathValue("tenant"))
	if refusal != nil {
		return tokens{}, refusal
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") || r.ParseForm() != nil {
		return tokens{}, fail(900144, invalidRequest, "The request body must contain the following parameter: 'grant_type'.")
	}
	form := r.PostForm
	kind := form.Get("grant_type")
	switch kind {
	case "":
		return tokens{}, parameterMissing("grant_type")
	case "client_credentials", "authorization_code", "refresh_token":
	default:
		return tokens{}, fail(70003, unsupportedGrant, "The app requested an unsupported grant type '%s'.", kind)
	}
	if kind == "client_credentials" && in.any {
		return tokens{}, fail(50059, invalidRequest, "No tenant-identifying information found in either the request or implied by any provided credentials.")
	}
	app, refusal := s.clientOf(form.Get("client_id"), in)
	if refusal != nil {
		return tokens{}, refusal
	}
	if kind == "client_credentials" {
		return s.clientCredentials(r, app, in)
	}
	if refusal := s.authenticateClient(r, app, in, form.Get("redirect_uri")); refusal != nil {
		return tokens{}, refusal
	}
	if kind == "authorization_code" {
		return s.redeemCode(r, app, in)
	}
	return s.redeemRefresh(r, app, in)
}

// authenticateClient wants a certificate of those clients that have a web
// address only, and none of public ones.
func (s *Server) authenticateClient(r *http.Request, app tenant.Application, in realm, redirect string) *failure {
	presented := r.PostForm.Get("client_assertion") != ""
	if r.PostForm.Get("client_secret") != "" {
		return fail(7000215, invalidClient, "Invalid client secret provided. This simulation knows certificates only.")
	}
	public := len(app.PublicRedirectURIs) > 0 && (redirect == "" || isPublic(app, redirect))
	switch {
	case public && presented:
		return fail(700025, invalidClient, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	case public:
		return nil
	}
	return s.checkAssertion(r.PostForm, app, in)
}

// clientCredentials answers an application that acts as itself.
func (s *Server) clientCredentials(r *http.Request, app tenant.Application, in realm) (tokens, *failure) {
	form := r.PostForm
	if app.FirstParty {
		return tokens{}, fail(700025, invalidClient, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	}
	if form.Get("client_secret") != "" {
		return tokens{}, fail(7000215, invalidClient, "Invalid client secret provided. This simulation knows certificates only.")
	}
	scope := form.Get("scope")
	if scope == "" {
		return tokens{}, parameterMissing("scope")
	}
	// MSAL adds the scopes of OpenID Connect here too, and Entra lets them pass.
	own := slices.DeleteFunc(strings.Fields(scope), signInScope)
	if len(own) != 1 || !strings.HasSuffix(own[0], "/.default") {
		return tokens{}, fail(1002012, invalidScope, "The provided value for scope %s is not valid. Client credential flows must have a scope value "+
			"with /.default suffixed to the resource identifier (application ID URI).", scope)
	}
	if _, refusal := s.parseScopes(own[0], app.DisplayName, in.org.DisplayName); refusal != nil {
		return tokens{}, refusal
	}
	if refusal := s.checkAssertion(form, app, in); refusal != nil {
		return tokens{}, refusal
	}
	if code := s.faultAt(atApp); code != 0 {
		return tokens{}, s.refusalOf(code, app, in.org.DisplayName)
	}
	sp, ok := s.tenant.SignInServicePrincipal(app.AppID)
	if !ok {
		return tokens{}, fail(7000229, unauthorizedClient, "The client application %s is missing service principal in the tenant %s. "+
			"See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119", app.AppID, in.org.ID)
	}
	if !sp.Enabled {
		return tokens{}, s.applicationDisabled(app)
	}
	claims, life := s.claims(app, in.org.ID)
	claims["oid"], claims["sub"], claims["idtyp"], claims["appidacr"] = sp.ID, sp.ID, "app", "2"
	if roles := s.tenant.SignInRoles(app.AppID); len(roles) > 0 {
		claims["roles"] = roles
	}
	return s.signed(claims, life)
}

// claims are those that each access token to Graph has. It lives 60 to 90
// minutes, at random.
func (s *Server) claims(app tenant.Application, tenantID string) (jwt.MapClaims, time.Duration) {
	now := s.now()
	sum := sha256.Sum256([]byte(s.guid()))
	extra := new(big.Int).SetBytes(sum[:8])
	life := time.Hour + time.Duration(extra.Mod(extra, big.NewInt(30*60)).Int64())*time.Second
	return jwt.MapClaims{
		"aud": graphResource, "iss": s.issuer(tenantID), "idp": s.issuer(tenantID), "tid": tenantID, "ver": "1.0", "uti": s.guid(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix(),
		"appid": app.AppID, "app_displayname": app.DisplayName,
	}, life
}

func (s *Server) signed(claims jwt.MapClaims, life time.Duration) (tokens, *failure) {
	access, err := s.keys.sign(claims)
	if err != nil {
		s.log.Error("token not signed", "error", err)
		return tokens{}, fail(90033, "temporarily_unavailable", "A transient error has occurred. Please try again.")
	}
	seconds := int(life/time.Second) - 1
	return tokens{Type: "Bearer", Expires: seconds, ExtExpires: seconds, Access: access}, nil
}

// personTokens makes access token, id token and client_info of a person.
func (s *Server) personTokens(app tenant.Application, a tenant.Account, asked scopes, granted []string, nonce string) (tokens, *failure) {
	var scp, answered []string
	for _, name := range granted {
		if name == "offline_access" {
			continue
		}
		scp = append(scp, name)
		if asked.written[name] != "" {
			answered = append(answered, asked.written[name])
		} else {
			answered = append(answered, graphResource+"/"+name)
		}
	}
	slices.Sort(scp)
	claims, life := s.claims(app, a.TenantID)
	claims["oid"], claims["sub"], claims["idtyp"], claims["appidacr"] = a.ID, pairwise(app.AppID, a.ID), "user", "0"
	claims["upn"], claims["unique_name"], claims["name"] = a.UserPrincipalName, a.UserPrincipalName, a.DisplayName
	claims["given_name"], claims["family_name"] = a.GivenName, a.Surname
	claims["scp"] = strings.Join(scp, " ")
	claims["wids"] = []string{widUser}
	if a.GlobalAdmin {
		claims["wids"] = []string{widGlobalAdmin, widUser}
	}
	out, refusal := s.signed(claims, life)
	if refusal != nil {
		return out, refusal
	}
	out.Scope = strings.Join(answered, " ")
	if !asked.has("openid") {
		return out, nil
	}
	now := s.now()
	id := jwt.MapClaims{
		"aud": app.AppID, "iss": s.issuer(a.TenantID), "tid": a.TenantID, "ver": "2.0", "oid": a.ID, "sub": pairwise(app.AppID, a.ID),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "uti": s.guid(),
		"name": a.DisplayName, "preferred_username": a.UserPrincipalName,
	}
	if nonce != "" {
		id["nonce"] = nonce
	}
	var err error
	if out.ID, err = s.keys.sign(id); err != nil {
		s.log.Error("token not signed", "error", err)
		return out, fail(90033, "temporarily_unavailable", "A transient error has occurred. Please try again.")
	}
	info, err := json.Marshal(map[string]string{"uid": a.ID, "utid": a.TenantID})
	if err == nil {
		out.accountInfo = base64.RawURLEncoding.EncodeToString(info)
	}
	return out, nil
}

// pairwise is a subject that differs for each application.
func pairwise(appID, userID string) string {
	sum := sha256.Sum256([]byte(appID + " " + userID))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
