package identity

import (
	"errors"
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"cloudappsecurity/service/m365sim/tenant"
)

// Caller is who a token was given to.
type Caller struct {
	AppID    string
	TenantID string
	UserID   string   // "" for an application that acts as itself
	Roles    []string // of an application
	Scopes   []string // of an application on behalf of a person
}

// Verify reads the access token of a request to Graph. The error's text is
// what Graph says of it, with the code InvalidAuthenticationToken.
func (s *Server) Verify(r *http.Request) (Caller, error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return Caller{}, errors.New("Access token is empty.") //nolint:staticcheck // Graph's words
	}
	var claims struct {
		jwt.RegisteredClaims
		TenantID string   `json:"tid"`
		AppID    string   `json:"appid"`
		ObjectID string   `json:"oid"`
		Kind     string   `json:"idtyp"`
		Roles    []string `json:"roles"`
		Scopes   string   `json:"scp"`
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(s.now), jwt.WithExpirationRequired())
	_, err := parser.ParseWithClaims(text, &claims, s.keys.public)
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Caller{}, errors.New("IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact Serialization Format.") //nolint:staticcheck // Graph's words
	case errors.Is(err, jwt.ErrTokenExpired):
		return Caller{}, errors.New("Lifetime validation failed, the token is expired.") //nolint:staticcheck // Graph's words
	case err != nil:
		return Caller{}, errors.New("Signing key is invalid.") //nolint:staticcheck // Graph's words
	}
	if len(claims.Audience) != 1 || claims.Audience[0] != graphResource && claims.Audience[0] != tenant.GraphAppID || claims.Issuer != s.issuer(claims.TenantID) {
		return Caller{}, errors.New("Access token validation failure. Invalid audience.") //nolint:staticcheck // Graph's words
	}
	caller := Caller{AppID: claims.AppID, TenantID: claims.TenantID, Roles: claims.Roles}
	if claims.Kind == "user" {
		caller.UserID, caller.Scopes = claims.ObjectID, strings.Fields(claims.Scopes)
	}
	return caller, nil
}
