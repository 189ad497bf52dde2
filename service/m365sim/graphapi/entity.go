package graphapi

import (
	"slices"
	"strings"
	"time"
)

// entity is a type of Graph: which properties can be selected, and which come
// unasked.
type entity struct {
	name       string            // microsoft.graph.…
	properties map[string]string // spelling by lower-case name
	lists      map[string]bool   // properties that are collections
	defaults   []string          // nil: all
}

type entities struct {
	user, group, directoryObject, organization entity
	application, servicePrincipal, assignment  entity
	mailFolder, message                        entity
	site, drive, driveItem                     entity
}

// newEntity takes the names of properties; "[]" marks collections, "*" those
// that come by default.
func newEntity(name, properties string) entity {
	e := entity{name: name, properties: map[string]string{}, lists: map[string]bool{}}
	for field := range strings.FieldsSeq(properties) {
		p := strings.Trim(field, "*[]")
		e.properties[strings.ToLower(p)] = p
		if strings.Contains(field, "[]") {
			e.lists[p] = true
		}
		if strings.HasPrefix(field, "*") {
			e.defaults = append(e.defaults, p)
		}
	}
	return e
}

// What the types have is Microsoft's published schema, without properties that
// need further permissions or come from other services.
const (
	userProperties = `*id deletedDateTime accountEnabled ageGroup assignedLicenses[] assignedPlans[] *businessPhones[] city
		companyName consentProvidedForMinor country createdDateTime creationType department *displayName employeeHireDate employeeId
		employeeType externalUserState externalUserStateChangeDateTime faxNumber *givenName identities[] imAddresses[] isResourceAccount
		*jobTitle lastPasswordChangeDateTime legalAgeGroupClassification licenseAssignmentStates[] *mail mailNickname *mobilePhone
		*officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId onPremisesLastSyncDateTime
		onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName otherMails[]
		passwordPolicies postalCode preferredDataLocation *preferredLanguage provisionedPlans[] proxyAddresses[] securityIdentifier
		showInAddressList signInSessionsValidFromDateTime state streetAddress *surname usageLocation *userPrincipalName userType`
	groupProperties = `*id *deletedDateTime *classification *createdDateTime *description *displayName *expirationDateTime *groupTypes[]
		*isAssignableToRole *mail *mailEnabled *mailNickname *membershipRule *membershipRuleProcessingState *onPremisesDomainName
		*onPremisesLastSyncDateTime *onPremisesNetBiosName *onPremisesSamAccountName *onPremisesSecurityIdentifier
		*onPremisesSyncEnabled *preferredDataLocation *preferredLanguage *proxyAddresses[] *renewedDateTime *resourceBehaviorOptions[]
		*resourceProvisioningOptions[] *securityEnabled *securityIdentifier *theme *visibility assignedLabels[] assignedLicenses[] uniqueName`
	applicationProperties = `*id *deletedDateTime *addIns[] *api *appId *applicationTemplateId *appRoles[] *certification *createdDateTime
		*defaultRedirectUri *description *disabledByMicrosoftStatus *displayName *groupMembershipClaims *identifierUris[] *info
		*isDeviceOnlyAuthSupported *isFallbackPublicClient keyCredentials[] *notes *optionalClaims *parentalControlSettings
		*passwordCredentials[] *publicClient *publisherDomain *requestSignatureVerification *requiredResourceAccess[] *samlMetadataUrl
		*serviceManagementReference *servicePrincipalLockConfiguration *signInAudience *spa *tags[] *tokenEncryptionKeyId *uniqueName
		*verifiedPublisher *web`
	principalProperties = `*id *deletedDateTime *accountEnabled *addIns[] *alternativeNames[] *appDescription *appDisplayName *appId
		*applicationTemplateId *appOwnerOrganizationId *appRoleAssignmentRequired *appRoles[] *description *disabledByMicrosoftStatus
		*displayName *homepage *info keyCredentials[] *loginUrl *logoutUrl *notes *notificationEmailAddresses[] *oauth2PermissionScopes[]
		*passwordCredentials[] *preferredSingleSignOnMode *replyUrls[] *resourceSpecificApplicationPermissions[]
		*samlSingleSignOnSettings *servicePrincipalNames[] *servicePrincipalType *signInAudience *tags[] *tokenEncryptionKeyId *verifiedPublisher`
	assignmentProperties   = `*id *deletedDateTime *appRoleId *createdDateTime *principalDisplayName *principalId *principalType *resourceDisplayName *resourceId`
	organizationProperties = `*id *deletedDateTime *assignedPlans[] *businessPhones[] *city *country *countryLetterCode *createdDateTime
		*defaultUsageLocation *displayName *marketingNotificationEmails[] *onPremisesLastSyncDateTime *onPremisesSyncEnabled
		*partnerTenantType *postalCode *preferredLanguage *privacyProfile *provisionedPlans[] *securityComplianceNotificationMails[]
		*securityComplianceNotificationPhones[] *state *street *technicalNotificationMails[] *tenantType *verifiedDomains[]`
	folderProperties  = `*id *displayName *parentFolderId *childFolderCount *unreadItemCount *totalItemCount *isHidden`
	messageProperties = `*id *createdDateTime *lastModifiedDateTime *changeKey *categories[] *receivedDateTime *sentDateTime *hasAttachments
		*internetMessageId *subject *bodyPreview *importance *parentFolderId *conversationId *isDeliveryReceiptRequested
		*isReadReceiptRequested *isRead *isDraft *webLink *inferenceClassification *body *sender *from *toRecipients[] *ccRecipients[]
		*bccRecipients[] *replyTo[] *flag internetMessageHeaders[] uniqueBody conversationIndex`
	siteProperties = `*id *createdBy *createdDateTime *description *eTag *lastModifiedBy *lastModifiedDateTime *name *parentReference
		*webUrl *displayName *isPersonalSite *root *siteCollection error sharepointIds`
	driveProperties = `*id *createdBy *createdDateTime *description *lastModifiedBy *lastModifiedDateTime *name *webUrl *driveType *owner
		*quota sharePointIds system parentReference eTag`
	driveItemProperties = `*id *createdBy *createdDateTime *description *eTag *lastModifiedBy *lastModifiedDateTime *name *parentReference
		*webUrl *cTag *deleted *file *fileSystemInfo *folder *image *malware *package *photo *publication *remoteItem *root *shared *size
		*specialFolder audio bundle location pendingOperations searchResult sharepointIds video webDavUrl`
)

func newEntities() entities {
	return entities{
		user:             newEntity("microsoft.graph.user", userProperties),
		group:            newEntity("microsoft.graph.group", groupProperties),
		directoryObject:  newEntity("microsoft.graph.directoryObject", userProperties+" "+strings.ReplaceAll(groupProperties, "*", "")),
		organization:     newEntity("microsoft.graph.organization", organizationProperties),
		application:      newEntity("microsoft.graph.application", applicationProperties),
		servicePrincipal: newEntity("microsoft.graph.servicePrincipal", principalProperties),
		assignment:       newEntity("microsoft.graph.appRoleAssignment", assignmentProperties),
		mailFolder:       newEntity("microsoft.graph.mailFolder", folderProperties),
		message:          newEntity("microsoft.graph.message", messageProperties),
		site:             newEntity("microsoft.graph.site", siteProperties),
		drive:            newEntity("microsoft.graph.drive", driveProperties),
		driveItem:        newEntity("microsoft.graph.driveItem", driveItemProperties),
	}
}

// selection spells the selected properties, or refuses them. Besides those of
// the type, also names are allowed, which selection leaves out.
func (e *entity) selection(selected []string, also ...string) ([]string, *failure) {
	if selected == nil || slices.Contains(selected, "*") {
		return nil, nil
	}
	spelt := []string{}
	for _, name := range selected {
		p, known := e.properties[strings.ToLower(name)]
		switch {
		case known && !slices.Contains(spelt, p):
			spelt = append(spelt, p)
		case !known && !slices.Contains(also, name):
			return nil, badRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'.", name, e.name)
		}
	}
	return spelt, nil
}

// project leaves the selected properties of an object, or the default ones.
// What the simulation has no value for is null or an empty list.
func (e *entity) project(full object, selected []string) object {
	if selected == nil {
		selected = e.defaults
	}
	o := object{"id": full["id"]}
	for name, value := range full {
		if strings.HasPrefix(name, "@") {
			o[name] = value
		}
	}
	for _, name := range selected {
		value := full[name]
		if value == nil && e.lists[name] {
			value = []any{}
		}
		o[name] = value
	}
	return o
}

// suffix is the part of @odata.context that names the selected properties.
func suffix(selected []string) string {
	if selected == nil {
		return ""
	}
	return "(" + strings.Join(selected, ",") + ")"
}

// stamp writes a time as Graph does; nil for none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// text is a text, or null for none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// list never is null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
