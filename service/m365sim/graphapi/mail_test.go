package graphapi_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

const letterText = "From: \"Zo=C3=AB\" <zoe@outside.example>\r\nTo: <mehmet.yildiz@contosobakery.example>\r\nSubject: =?utf-8?q?Hei=C3=9F?=\r\n" +
	"Message-ID: <1@outside.example>\r\nDate: Thu, 19 Nov 2026 14:00:00 +0100\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"<p>caf=E9</p>\r\n--b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"

const immutable = `Prefer: IdType="ImmutableId"`

func TestUserPurpose(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who := f.scanner()
	for upn, purpose := range map[string]string{
		f.tenant.SomeUsername(): "user", f.tenant.DisabledUsername(): "user", "info@contosobakery.example": "shared",
		"room.rye@contosobakery.example": "room", "van1@contosobakery.example": "equipment", "dev+test@contosobakery.example": "user",
	} {
		path := "/v1.0/users/" + url.PathEscape(upn) + "/mailboxSettings"
		if a := f.get(t, who, path+"/userPurpose"); a.text("value") != purpose {
			t.Errorf("%s: %s", upn, a.raw)
		}
		if a := f.get(t, who, path); a.text("userPurpose") != purpose {
			t.Errorf("%s: %s", upn, a.raw)
		}
		f.get(t, who, path+"?$select=userPurpose,timeZone")
	}
	const guest = "petra.novak_flourmill.example#EXT#@contosobakery.onmicrosoft.com"
	for _, upn := range []string{guest, "oven-control@contosobakery.example"} {
		for _, of := range []string{"/mailboxSettings/userPurpose", "/mailFolders"} {
			want(t, upn+of, f.call(t, who, "GET", "/v1.0/users/"+url.PathEscape(upn)+of, ""), 404, "MailboxNotEnabledForRESTAPI")
		}
	}
	want(t, "nobody", f.call(t, who, "GET", "/v1.0/users/nobody@contosobakery.example/mailboxSettings/userPurpose", ""), 404, "ErrorInvalidUser")
}

func TestMailFolders(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who := f.scanner()
	mailbox := "/v1.0/users/" + f.tenant.SomeUsername()
	plain, _ := f.pages(t, who, mailbox+"/mailFolders?$top=3&$select=id,displayName,isHidden", immutable)
	all := f.get(t, who, mailbox+"/mailFolders?includeHiddenFolders=true&$top=100", immutable).items()
	if len(plain) != 7 || len(all) != 9 {
		t.Errorf("%d folders, %d with hidden ones", len(plain), len(all))
	}
	inbox := f.get(t, who, mailbox+"/mailFolders/inbox", immutable)
	if inbox.header.Get("Preference-Applied") != `IdType="ImmutableId"` || inbox.text("displayName") != "Inbox" {
		t.Errorf("inbox: %v %s", inbox.header, inbox.raw)
	}
	if a := f.get(t, who, mailbox+"/mailFolders/"+url.PathEscape(inbox.text("id"))+"?$select=displayName"); a.text("displayName") != "Inbox" {
		t.Errorf("by id: %s", a.raw)
	}
	want(t, "no folder", f.call(t, who, "GET", mailbox+"/mailFolders/AAMk123", ""), 404, "ErrorItemNotFound")
	want(t, "display name", f.call(t, who, "GET", mailbox+"/mailFolders/Sent%20Items", ""), 404, "ErrorItemNotFound")
	want(t, "too many", f.call(t, who, "GET", mailbox+"/mailFolders?$top=1001", ""), 400, "ErrorInvalidParameter")
	want(t, "another property", f.call(t, who, "GET", mailbox+"/mailFolders?$select=size", ""), 400, "BadRequest")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who, upn := f.scanner(), f.tenant.SomeUsername()
	f.pass(time.Minute)
	delivered, err := f.tenant.Deliver(upn, "Inbox", []byte(letterText))
	if err != nil {
		t.Fatal(err)
	}
	mailbox := "/v1.0/users/" + upn
	list := mailbox + "/mailFolders/inbox/messages"
	seeded, pages := f.pages(t, who, list+"?$top=2&$select=id,subject,receivedDateTime", immutable)
	if len(seeded) != 4 || pages != 2 || seeded[0]["subject"] != "Heiß" || seeded[0]["id"] != delivered.ImmutableID {
		t.Fatalf("%d pages: %v", pages, seeded)
	}
	recent := f.get(t, who, list+"?$filter=receivedDateTime%20ge%202026-11-19T14:33:00Z%20and%20receivedDateTime%20lt%202026-11-20T00:00:00Z&$orderby=receivedDateTime%20desc").items()
	if len(recent) != 1 || recent[0]["id"] != delivered.ID {
		t.Errorf("recent: %v", recent)
	}
	m := f.get(t, who, mailbox+"/messages/"+url.PathEscape(delivered.ID))
	body, _ := m.body["body"].(map[string]any)
	if m.body["hasAttachments"] != true || body["contentType"] != "html" || strings.TrimSpace(body["content"].(string)) != "<p>café</p>" || m.text("bodyPreview") != "café" {
		t.Errorf("message: %s", m.raw)
	}
	if _, told := m.body["internetMessageHeaders"]; told {
		t.Error("headers unasked")
	}
	if h := f.get(t, who, mailbox+"/messages/"+delivered.ImmutableID+"?$select=internetMessageHeaders"); !strings.Contains(h.raw, "outside.example") {
		t.Errorf("headers: %s", h.raw)
	}
}

func TestChangeMessage(t *testing.T) {
	t.Parallel()
	f := newFixture(t, 0, 0)
	who, upn := f.scanner(), f.tenant.SomeUsername()
	delivered, err := f.tenant.Deliver(upn, "Inbox", []byte(letterText))
	if err != nil {
		t.Fatal(err)
	}
	mailbox := "/v1.0/users/" + upn
	list := mailbox + "/mailFolders/inbox/messages"
	path := mailbox + "/messages/" + delivered.ImmutableID
	patched := f.call(t, who, "PATCH", path, `{"categories":["Suspicious"],"isRead":true,"importance":"high","flag":{"flagStatus":"flagged"}}`, immutable)
	want(t, "patch", patched, 200, "")
	if patched.text("id") != delivered.ImmutableID || patched.body["isRead"] != true {
		t.Errorf("patched %s", patched.raw)
	}
	for body, code := range map[string]string{
		`{"subject":"x"}`: "ErrorInvalidPropertySet", `{"body":{"content":"x"}}`: "ErrorInvalidPropertySet", `{"shoe":1}`: "BadRequest",
		`{"importance":"huge"}`: "BadRequest", `{"isRead":"yes"}`: "BadRequest",
	} {
		want(t, body, f.call(t, who, "PATCH", path, body), 400, code)
	}
	want(t, "read only", f.call(t, f.app("Mail.Read"), "PATCH", path, `{"isRead":true}`), 403, "ErrorAccessDenied")

	moved, err := f.tenant.MoveMessage(upn, delivered.ID, "junkemail")
	if err != nil || moved.ID == delivered.ID || moved.ImmutableID != delivered.ImmutableID {
		t.Fatalf("moved %v: %s", err, moved.ID)
	}
	want(t, "by its old id", f.call(t, who, "GET", mailbox+"/messages/"+url.PathEscape(delivered.ID), ""), 404, "ErrorItemNotFound")
	want(t, "in its old folder", f.call(t, who, "GET", list+"/"+delivered.ImmutableID, ""), 404, "ErrorItemNotFound")
	f.get(t, who, mailbox+"/mailFolders/junkemail/messages/"+delivered.ImmutableID, immutable)
	want(t, "delta of a mailbox", f.call(t, who, "GET", mailbox+"/messages/delta", ""), 400, "BadRequest")
	want(t, "delta of folders", f.call(t, who, "GET", mailbox+"/mailFolders/delta", ""), 501, "NotImplemented")
	want(t, "delta of a folder", f.call(t, who, "GET", list+"/delta()", ""), 501, "NotImplemented")
	want(t, "another filter", f.call(t, who, "GET", list+"?$filter=subject%20eq%20'x'", ""), 400, "ErrorInvalidUrlQueryFilter")
	want(t, "another order", f.call(t, who, "GET", list+"?$orderby=subject", ""), 400, "ErrorInvalidUrlQuery")
	if all := f.get(t, who, mailbox+"/messages?$count=true&$top=1").body; all["@odata.count"] != 5.0 {
		t.Errorf("count %v", all["@odata.count"])
	}
}
