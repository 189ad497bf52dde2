package graphapi

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"cloudappsecurity/service/m365sim/tenant"
)

// mailFailure words an error of a mailbox as Exchange does.
func mailFailure(err error, user string) *failure {
	switch {
	case errors.Is(err, tenant.ErrNoMailbox):
		return fail(http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
	case errors.Is(err, tenant.ErrNoFolder):
		return fail(http.StatusNotFound, "ErrorItemNotFound", "The specified folder could not be found in the store.")
	}
	return fail(http.StatusNotFound, "ErrorInvalidUser", "The requested user '%s' is invalid.", user)
}

// mailOK answers, saying which preference was kept.
func mailOK(r *request, body object) (*reply, *failure) {
	answer := &reply{status: http.StatusOK, body: body}
	if r.query.immutable {
		answer.header = map[string]string{"Preference-Applied": `IdType="ImmutableId"`}
	}
	return answer, nil
}

// getMailboxSettings answers GET /users/{id}/mailboxSettings.
func (a *api) getMailboxSettings(r *request) (*reply, *failure) {
	u, failed := a.mailboxUser(r)
	if failed != nil {
		return nil, failed
	}
	full := object{
		"archiveFolder": "archive", "timeZone": "W. Europe Standard Time", "dateFormat": "yyyy-MM-dd", "timeFormat": "HH:mm",
		"delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly", "userPurpose": string(u.Purpose),
		"language": object{"locale": u.Language, "displayName": u.Language},
	}
	o := object{"@odata.context": a.context("users('" + url.PathEscape(r.vars[0]) + "')/mailboxSettings")}
	maps.Copy(o, full)
	if r.query.selected != nil {
		o = object{"@odata.context": o["@odata.context"]}
		for _, name := range r.query.selected {
			if _, known := full[name]; !known {
				return nil, badRequest("Could not find a property named '%s' on type 'microsoft.graph.mailboxSettings'.", name)
			}
			o[name] = full[name]
		}
	}
	return ok(o)
}

// mailboxUser finds the user that the path names, who has to have a mailbox.
func (a *api) mailboxUser(r *request) (tenant.User, *failure) {
	u, found := a.Tenant.User(r.vars[0])
	switch {
	case !found:
		return u, mailFailure(tenant.ErrNotFound, r.vars[0])
	case !u.HasMailbox():
		return u, mailFailure(tenant.ErrNoMailbox, r.vars[0])
	}
	return u, nil
}

// getUserPurpose answers GET /users/{id}/mailboxSettings/userPurpose.
func (a *api) getUserPurpose(r *request) (*reply, *failure) {
	u, failed := a.mailboxUser(r)
	if failed != nil {
		return nil, failed
	}
	return ok(object{
		"@odata.context": a.context("users('" + url.PathEscape(r.vars[0]) + "')/mailboxSettings/userPurpose"), "value": string(u.Purpose),
	})
}

// folderObject is a mail folder with all its properties.
func (a *api) folderObject(userID string, f tenant.Folder) object {
	messages, err := a.Tenant.Messages(userID, f.ID)
	if err != nil {
		return nil // the user has just been deleted
	}
	unread := 0
	for _, m := range messages {
		if !m.Read {
			unread++
		}
	}
	parent := f.ParentID
	if parent == "" {
		parent = a.Tenant.FolderRoot(userID)
	}
	return object{
		"id": f.ID, "displayName": f.DisplayName, "parentFolderId": parent, "isHidden": f.Hidden,
		"childFolderCount": 0, "totalItemCount": len(messages), "unreadItemCount": unread,
	}
}

// listFolders answers GET /users/{id}/mailFolders.
func (a *api) listFolders(r *request) (*reply, *failure) {
	e := &a.entities.mailFolder
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	u, failed := a.mailboxUser(r)
	if failed != nil {
		return nil, failed
	}
	folders, err := a.Tenant.Folders(u.ID)
	if err != nil {
		return nil, mailFailure(err, r.vars[0])
	}
	hidden := r.query.values["includehiddenfolders"]
	if hidden != "" && hidden != "true" && hidden != "false" {
		return nil, badRequest("Invalid value '%s' for includeHiddenFolders.", hidden)
	}
	var values []object
	for _, f := range folders {
		if !f.Hidden || hidden == "true" {
			values = append(values, e.project(a.folderObject(u.ID, f), selected))
		}
	}
	return a.mailPage(r, "users('"+url.PathEscape(r.vars[0])+"')/mailFolders"+suffix(selected), values)
}

// Exchange gives ten items unless asked for more, and a thousand at most.
const (
	usualMailPage = 10
	mostMailPage  = 1000
)

// mailPage answers with a page of a list, which Exchange turns by $skip.
func (a *api) mailPage(r *request, context string, values []object) (*reply, *failure) {
	size := usualMailPage
	if r.query.top > 0 {
		size = r.query.top
	}
	if size > mostMailPage {
		return nil, fail(http.StatusBadRequest, "ErrorInvalidParameter", "The value of $top must be between 1 and %d.", mostMailPage)
	}
	skip := 0
	if s, given := r.query.values["$skip"]; given {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return nil, badRequest("Invalid value '%s' for $skip query option found.", s)
		}
		skip = n
	}
	from := min(skip, len(values))
	end := min(from+size, len(values))
	body := object{"@odata.context": a.context(context), "value": list(values[from:end])}
	if r.query.count {
		body["@odata.count"] = len(values)
	}
	if end < len(values) {
		options := url.Values{}
		for name, value := range r.query.values {
			options.Set(name, value)
		}
		options.Set("$skip", itoa(end))
		body["@odata.nextLink"] = a.BaseURL() + r.URL.EscapedPath() + "?" + encode(options)
	}
	return mailOK(r, body)
}

// getFolder answers GET /users/{id}/mailFolders/{id or well-known name}.
func (a *api) getFolder(r *request) (*reply, *failure) {
	e := &a.entities.mailFolder
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	u, failed := a.mailboxUser(r)
	if failed != nil {
		return nil, failed
	}
	f, err := a.Tenant.Folder(u.ID, r.vars[1])
	if err != nil {
		return nil, mailFailure(err, r.vars[0])
	}
	o := e.project(a.folderObject(u.ID, f), selected)
	o["@odata.context"] = a.context("users('" + url.PathEscape(r.vars[0]) + "')/mailFolders" + suffix(selected) + "/$entity")
	return mailOK(r, o)
}
