package graphapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloudappsecurity/service/m365sim/tenant"
)

// messageObject is a message with all its properties.
func messageObject(m tenant.Message, immutable bool) object {
	id := m.ID
	if immutable {
		id = m.ImmutableID
	}
	c := m.Content
	kind := "text"
	if c.HTML {
		kind = "html"
	}
	key := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "message %d %d", m.Key, m.ChangeCounter))
	sent := c.Sent
	if sent.IsZero() {
		sent = m.Received
	}
	headers := []object{}
	for _, h := range c.Headers {
		headers = append(headers, object{"name": h.Name, "value": h.Value})
	}
	o := object{
		"@odata.etag": `W/"` + key + `"`, "id": id, "changeKey": key, "createdDateTime": stamp(m.Received),
		"lastModifiedDateTime": stamp(m.Modified), "receivedDateTime": stamp(m.Received), "sentDateTime": stamp(sent),
		"categories": list(m.Categories), "hasAttachments": c.HasAttachments, "internetMessageId": c.MessageID,
		"subject": c.Subject, "bodyPreview": c.Preview, "importance": m.Importance, "parentFolderId": m.FolderID,
		"conversationId": m.ImmutableID, "isRead": m.Read, "isDraft": m.Draft, "isDeliveryReceiptRequested": false,
		"isReadReceiptRequested": false, "inferenceClassification": "focused",
		"webLink":      "https://outlook.office365.com/owa/?ItemID=" + url.QueryEscape(id) + "&exvsurl=1&viewmodel=ReadMessageItem",
		"body":         object{"contentType": kind, "content": c.Body},
		"toRecipients": recipients(c.To), "ccRecipients": recipients(c.Cc), "bccRecipients": recipients(c.Bcc), "replyTo": recipients(c.ReplyTo),
		"flag": object{"flagStatus": m.FlagStatus}, "internetMessageHeaders": headers, "from": nil, "sender": nil,
	}
	if c.From.Address != "" {
		o["from"] = recipient(c.From)
	}
	if c.Sender.Address != "" {
		o["sender"] = recipient(c.Sender)
	}
	return o
}

func recipients(addresses []tenant.Address) []object {
	l := []object{}
	for _, a := range addresses {
		l = append(l, recipient(a))
	}
	return l
}

func recipient(a tenant.Address) object {
	name := a.Name
	if name == "" {
		name = a.Address
	}
	return object{"emailAddress": object{"name": name, "address": a.Address}}
}

// listMessages answers GET of the messages of a folder, or of all of them.
func (a *api) listMessages(r *request) (*reply, *failure) {
	e := &a.entities.message
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	u, failed := a.mailboxUser(r)
	if failed != nil {
		return nil, failed
	}
	fits, failed := messageFilter(r.query.values["$filter"])
	if failed != nil {
		return nil, failed
	}
	folderID, set := "", "users('"+url.PathEscape(r.vars[0])+"')/messages"
	if len(r.vars) > 1 {
		f, err := a.Tenant.Folder(u.ID, r.vars[1])
		if err != nil {
			return nil, mailFailure(err, r.vars[0])
		}
		folderID, set = f.ID, "users('"+url.PathEscape(r.vars[0])+"')/mailFolders('"+url.PathEscape(r.vars[1])+"')/messages"
	}
	messages, err := a.Tenant.Messages(u.ID, folderID)
	if err != nil {
		return nil, mailFailure(err, r.vars[0])
	}
	switch strings.Join(strings.Fields(strings.ToLower(r.query.values["$orderby"])), " ") {
	case "", "receiveddatetime desc":
	case "receiveddatetime", "receiveddatetime asc":
		slices.Reverse(messages)
	default:
		return nil, fail(http.StatusBadRequest, "ErrorInvalidUrlQuery", "The sort order '%s' is not supported.", r.query.values["$orderby"])
	}
	var values []object
	for _, m := range messages {
		if fits(m) {
			values = append(values, projectMessage(e, m, r.query.immutable, selected))
		}
	}
	return a.mailPage(r, set+suffix(selected), values)
}

// projectMessage leaves out what comes only when selected.
func projectMessage(e *entity, m tenant.Message, immutable bool, selected []string) object {
	return e.project(messageObject(m, immutable), selected)
}

// receivedClause is one condition of a $filter on messages.
var receivedClause = regexp.MustCompile(`^(?i:receivedDateTime)\s+(ge|gt|le|lt|eq)\s+(\S+)$`)

// messageFilter reads conditions on receivedDateTime, joined by "and".
func messageFilter(s string) (func(tenant.Message) bool, *failure) {
	var conditions []func(time.Time) bool
	for clause := range strings.SplitSeq(s, " and ") {
		if s == "" {
			break
		}
		parts := receivedClause.FindStringSubmatch(strings.TrimSpace(clause))
		if parts == nil {
			return nil, fail(http.StatusBadRequest, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
		}
		when, err := time.Parse(time.RFC3339, parts[2])
		if err != nil {
			return nil, badRequest("Invalid filter clause: unrecognized date '%s'.", parts[2])
		}
		conditions = append(conditions, func(t time.Time) bool {
			c := t.Compare(when)
			return map[string]bool{"ge": c >= 0, "gt": c > 0, "le": c <= 0, "lt": c < 0, "eq": c == 0}[parts[1]]
		})
	}
	return func(m tenant.Message) bool {
		return !slices.ContainsFunc(conditions, func(fits func(time.Time) bool) bool { return !fits(m.Received) })
	}, nil
}

// message finds the message that the path names, within its folder if it names
// that, too.
func (a *api) message(r *request) (tenant.Message, *failure) {
	u, failed := a.mailboxUser(r)
	if failed != nil {
		return tenant.Message{}, failed
	}
	m, err := a.Tenant.Message(u.ID, r.vars[len(r.vars)-1])
	missing := fail(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
	if err != nil {
		return m, missing
	}
	if len(r.vars) == 3 {
		f, err := a.Tenant.Folder(u.ID, r.vars[1])
		if err != nil || f.ID != m.FolderID {
			return m, missing
		}
	}
	return m, nil
}

// getMessage answers GET of one message.
func (a *api) getMessage(r *request) (*reply, *failure) {
	selected, failed := a.entities.message.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	m, failed := a.message(r)
	if failed != nil {
		return nil, failed
	}
	return a.oneMessage(r, m, selected)
}

func (a *api) oneMessage(r *request, m tenant.Message, selected []string) (*reply, *failure) {
	o := projectMessage(&a.entities.message, m, r.query.immutable, selected)
	o["@odata.context"] = a.context("users('" + url.PathEscape(r.vars[0]) + "')/messages" + suffix(selected) + "/$entity")
	return mailOK(r, o)
}

// updateMessage answers PATCH of a message: of a received one, only what does
// not change what was received.
func (a *api) updateMessage(r *request) (*reply, *failure) {
	m, failed := a.message(r)
	if failed != nil {
		return nil, failed
	}
	body, failed := readBody(r.Request)
	if failed != nil {
		return nil, failed
	}
	var edits []func(*tenant.Message)
	for name, raw := range body {
		edit, failed := a.messageStep(name, raw)
		if failed != nil {
			return nil, failed
		}
		edits = append(edits, edit)
	}
	m, err := a.Tenant.EditMessage(r.vars[0], m.ID, func(m *tenant.Message) {
		for _, edit := range edits {
			edit(m)
		}
	})
	if err != nil {
		return nil, fail(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
	}
	return a.oneMessage(r, m, nil)
}

func (a *api) messageStep(name string, raw json.RawMessage) (func(*tenant.Message), *failure) {
	switch name {
	case "categories":
		l, failed := value[[]string](name, raw)
		return func(m *tenant.Message) { m.Categories = l }, failed
	case "isRead":
		b, failed := value[bool](name, raw)
		return func(m *tenant.Message) { m.Read = b }, failed
	case "importance":
		s, failed := value[string](name, raw)
		if failed == nil && !slices.Contains([]string{"low", "normal", "high"}, strings.ToLower(s)) {
			failed = badRequest("Cannot convert the value of property 'importance' to the expected type.")
		}
		return func(m *tenant.Message) { m.Importance = strings.ToLower(s) }, failed
	case "flag":
		f, failed := value[struct {
			FlagStatus string `json:"flagStatus"`
		}](name, raw)
		if failed == nil && !slices.Contains([]string{"notFlagged", "flagged", "complete"}, f.FlagStatus) {
			failed = badRequest("Cannot convert the value of property 'flag' to the expected type.")
		}
		return func(m *tenant.Message) { m.FlagStatus = f.FlagStatus }, failed
	}
	if _, known := a.entities.message.properties[strings.ToLower(name)]; known {
		return nil, fail(http.StatusBadRequest, "ErrorInvalidPropertySet", "The property '%s' can't be set on a message that is no draft.", name)
	}
	return nil, badRequest("The property '%s' does not exist on type 'microsoft.graph.message'.", name)
}
