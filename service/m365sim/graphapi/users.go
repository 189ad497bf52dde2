package graphapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"cloudappsecurity/service/m365sim/tenant"
)

// officeBusiness is the SKU of Microsoft 365 Business Standard.
const officeBusiness = "f245ecc8-75af-4f8e-b61f-27d8114de5f3"

// userObject is a user with all its properties.
func userObject(u tenant.User) object {
	kind := "Member"
	if u.Guest {
		kind = "Guest"
	}
	nickname, _, _ := strings.Cut(u.UserPrincipalName, "@")
	o := object{
		"id": u.ID, "userPrincipalName": u.UserPrincipalName, "displayName": u.DisplayName, "givenName": text(u.GivenName),
		"surname": text(u.Surname), "mail": text(u.Mail), "mailNickname": nickname, "jobTitle": text(u.JobTitle),
		"preferredLanguage": text(u.Language), "accountEnabled": u.Enabled, "userType": kind, "createdDateTime": stamp(u.Created),
		"deletedDateTime": stamp(u.Deleted), "usageLocation": "SE",
	}
	if u.Mail != "" && u.HasMailbox() {
		o["proxyAddresses"] = []string{"SMTP:" + u.Mail}
	}
	if u.Guest {
		o["creationType"], o["externalUserState"], o["otherMails"] = "Invitation", "Accepted", []string{u.Mail}
	}
	plans := []object{}
	for _, p := range u.Plans() {
		plans = append(plans, object{
			"assignedDateTime": stamp(p.Assigned), "capabilityStatus": p.CapabilityStatus, "service": p.Service, "servicePlanId": p.ServicePlanID,
		})
	}
	o["assignedPlans"] = plans
	if u.Licensed {
		o["assignedLicenses"] = []object{{"disabledPlans": []string{}, "skuId": officeBusiness}}
	}
	return o
}

// listUsers answers GET /users.
func (a *api) listUsers(r *request) (*reply, *failure) {
	return pageOf(a, r, collection[tenant.User]{
		name: "users", kind: "User",
		filters: []string{"eq userPrincipalName", "eq id", "eq mail", "startswith displayName", "startswith userPrincipalName", "startswith mail"},
		entity:  &a.entities.user, find: a.findUsers, count: a.countUsers, object: userObject,
	})
}

// findUsers returns a page of the users that fit a filter.
func (a *api) findUsers(f *filter, from, size int) (found []tenant.User, next int) {
	if f == nil {
		return a.Tenant.Users(from, size)
	}
	if f.function == "eq" && f.property != "mail" { // by an index
		if u, is := a.Tenant.User(f.value); is && (f.property != "id") == strings.EqualFold(u.UserPrincipalName, f.value) {
			found = append(found, u)
		}
		return found, -1
	}
	for at := from; at >= 0; {
		var page []tenant.User
		start := at
		page, at = a.Tenant.Users(start, 1)
		if len(page) == 0 || !f.fits(userField(page[0], f.property)) {
			continue
		}
		if len(found) == size {
			return found, start
		}
		found = append(found, page[0])
	}
	return found, -1
}

func (a *api) countUsers(f *filter) int {
	if f == nil {
		return a.Tenant.CountUsers()
	}
	found, _ := a.findUsers(f, 0, a.Tenant.CountUsers())
	return len(found)
}

func userField(u tenant.User, property string) string {
	switch property {
	case "displayName":
		return u.DisplayName
	case "mail":
		return u.Mail
	}
	return u.UserPrincipalName
}

// fits compares as the directory does, in any case.
func (f *filter) fits(value string) bool {
	value, want := strings.ToLower(value), strings.ToLower(f.value)
	if f.function == "startswith" {
		return strings.HasPrefix(value, want)
	}
	return value == want
}

// needEventual refuses $count segments and the like without their header.
func needEventual(r *request) *failure {
	if !r.query.eventual {
		return unsupportedQuery("$count is not currently supported without the ConsistencyLevel header set to eventual.")
	}
	return nil
}

// plainCount is the answer of a $count segment.
func plainCount(n int) (*reply, *failure) {
	return &reply{status: http.StatusOK, text: strconv.Itoa(n)}, nil
}

// getUsersCount answers GET /users/$count.
func (a *api) getUsersCount(r *request) (*reply, *failure) {
	if failed := needEventual(r); failed != nil {
		return nil, failed
	}
	f, failed := r.query.filter("User", "eq userPrincipalName", "eq mail", "startswith displayName", "startswith userPrincipalName")
	if failed != nil {
		return nil, failed
	}
	return plainCount(a.countUsers(f))
}

// getUser answers GET /users/{id or user principal name}.
func (a *api) getUser(r *request) (*reply, *failure) {
	e := &a.entities.user
	selected, failed := e.selection(r.query.selected)
	if failed != nil {
		return nil, failed
	}
	u, found := a.Tenant.User(r.vars[0])
	if !found {
		return nil, notFound(r.vars[0])
	}
	o := e.project(userObject(u), selected)
	o["@odata.context"] = a.context("users" + suffix(selected) + "/$entity")
	return ok(o)
}

// checkID refuses what is no object id.
func checkID(id string) *failure {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return invalid("Invalid object identifier '%s'.", id)
	}
	return nil
}
