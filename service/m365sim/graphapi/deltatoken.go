package graphapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// deltaLife is how long the tokens of a delta query are good for.
const deltaLife = 7 * 24 * time.Hour

// cursor is where a delta query stands. It travels within its tokens, so that
// nothing has to be kept for it here, and it survives a restart.
type cursor struct {
	Kind     string   `json:"k"` // users, groups, sites, or a drive
	Selected []string `json:"s"`
	Since    uint64   `json:"n"`           // serial up to which changes are told
	Walking  bool     `json:"w,omitempty"` // the first enumeration isn't over
	From     int      `json:"f,omitempty"` // next object of the enumeration
	Member   int      `json:"m,omitempty"` // next member of that group
	Page     int      `json:"p,omitempty"` // pages given so far
	Issued   int64    `json:"i"`
}

// seal makes a token of a cursor.
func (a *api) seal(c cursor) string {
	c.Issued = a.Now().Unix()
	raw, err := json.Marshal(c)
	if err != nil { // never: plain values
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(a.sign(raw), raw...))
}

func (a *api) sign(raw []byte) []byte {
	m := hmac.New(sha256.New, []byte("delta of "+a.Tenant.ID()))
	m.Write(raw)
	return m.Sum(nil)[:12]
}

// open reads a token of a delta query over kind, expired or not.
func (a *api) open(token, kind string) (cursor, *failure) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 12 || !hmac.Equal(a.sign(raw[12:]), raw[:12]) || json.Unmarshal(raw[12:], &c) != nil || c.Kind != kind {
		return cursor{}, invalid("Badly formed token.")
	}
	return c, nil
}

// unseal reads a token of a delta query of the directory over kind. middle is
// set for one that leads to the next page of a round.
func (a *api) unseal(token, kind string, middle bool) (cursor, *failure) {
	c, failed := a.open(token, kind)
	if failed != nil {
		return c, failed
	}
	if a.Now().Sub(time.Unix(c.Issued, 0)) >= deltaLife || a.ExpireDelta(kind, middle) {
		f := fail(http.StatusGone, "syncStateNotFound",
			"The sync state generation is not found; the token has expired. Start over with the address in the Location header.")
		options := url.Values{"$deltatoken": {""}}
		if c.Selected != nil {
			options.Set("$select", strings.Join(c.Selected, ","))
		}
		f.header = map[string]string{"Location": a.BaseURL() + "/v1.0/" + kind + "/delta?" + encode(options)}
		return cursor{}, f
	}
	return c, nil
}

// start reads where a delta request begins or goes on. latest is set if it
// asks for a token only.
func (a *api) start(r *request, kind string, e *entity, also ...string) (c cursor, latest bool, failed *failure) {
	skip, delta := r.query.values["$skiptoken"], r.query.values["$deltatoken"]
	switch {
	case skip != "" && delta != "":
		return c, false, badRequest("$skiptoken and $deltatoken exclude each other.")
	case skip != "":
		c, failed = a.unseal(skip, kind, true)
		return c, false, failed
	case delta != "" && delta != "latest":
		c, failed = a.unseal(delta, kind, false)
		return c, false, failed
	}
	if _, failed := e.selection(r.query.selected, also...); failed != nil {
		return c, false, failed
	}
	c = cursor{Kind: kind, Selected: r.query.selected, Since: a.Tenant.Serial(), Walking: true}
	return c, delta == "latest", nil
}

// deltaPage answers with a page of changes. more is false on the last one,
// which gives the token for later.
func (a *api) deltaPage(r *request, c cursor, more bool, values []object) (*reply, *failure) {
	body := object{"@odata.context": a.context(c.Kind + suffix(c.Selected)), "value": list(values)}
	link := a.BaseURL() + "/v1.0/" + c.Kind + "/delta?"
	c.Page++
	if more {
		body["@odata.nextLink"] = link + "$skiptoken=" + a.seal(c)
	} else {
		c.Walking, c.From, c.Member, c.Page = false, 0, 0, 0
		body["@odata.deltaLink"] = link + "$deltatoken=" + a.seal(c)
	}
	answer := &reply{status: http.StatusOK, body: body}
	if r.query.maxPageSize > 0 {
		answer.header = map[string]string{"Preference-Applied": "odata.maxpagesize=" + itoa(min(r.query.maxPageSize, mostOnPage))}
	}
	return answer, nil
}

// Delta queries give an empty page now and then, and tell things twice. Here
// they do by the number of the page.
func (c *cursor) emptyPage() bool  { return c.Page%5 == 3 }
func (c *cursor) replayPage() bool { return c.Page%3 == 2 }

// removed is the trace of an object that is no more.
func removed(id string, forGood bool) object {
	reason := "changed"
	if forGood {
		reason = "deleted"
	}
	return object{"id": id, "@removed": object{"reason": reason}}
}
