package tenant

// GraphAppID is the application id of Microsoft Graph.
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// CommandLineToolsAppID is the application id of Microsoft Graph Command Line
// Tools, which exists before any application of the tenant does.
const CommandLineToolsAppID = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// Permission is an app role or a delegated scope of Microsoft Graph, with the
// words that Entra's consent pages use for it.
type Permission struct {
	ID          string
	Value       string
	DisplayName string
	Description string
	AdminOnly   bool // of a scope: only an administrator can consent to it
}

// GraphRoles are the app roles of Microsoft Graph that the simulation knows.
func GraphRoles() []Permission {
	role := func(value, id, name, description string) Permission {
		return Permission{ID: id, Value: value, DisplayName: name, Description: description, AdminOnly: true}
	}
	return []Permission{
		role("User.Read.All", "df021288-bdef-4463-88db-98f22de89214", "Read all users' full profiles and company properties",
			"Allows the app to read the full set of user properties of all users in the organization and read company properties without a signed in user."),
		role("GroupMember.Read.All", "98830695-27a2-44f7-8c18-0c3ebc9698f6", "Read all group memberships",
			"Allows the app to read memberships and basic group properties for all groups without a signed-in user."),
		role("Group.Read.All", "5b567255-7703-4780-807c-7be8301ae99b", "Read all groups",
			"Allows the app to read group properties and memberships, and read conversations for all groups, without a signed-in user."),
		role("Mail.Read", "810c84a8-4a9e-49e6-bf7d-12d183f40d01", "Read mail in all mailboxes",
			"Allows the app to read mail in all mailboxes without a signed-in user."),
		role("Mail.ReadWrite", "e2a3a72e-5f79-4c64-b1b1-878b674786c9", "Read and write mail in all mailboxes",
			"Allows the app to create, read, update, and delete mail in all mailboxes without a signed-in user. Does not include permission to send mail."),
		role("Mail.Send", "b633e1c5-b582-4048-a93e-9f11b44c7e96", "Send mail as any user",
			"Allows the app to send mail as any user without a signed-in user."),
		role("MailboxSettings.Read", "40f97065-369a-49f4-947c-6a255697ae91", "Read all user mailbox settings",
			"Allows the app to read user's mailbox settings without a signed-in user. Does not include permission to send mail."),
		role("Sites.Read.All", "332a536c-c7ef-4017-ab91-336970924f0d", "Read items in all site collections",
			"Allows the app to read documents and list items in all site collections without a signed in user."),
		role("Sites.ReadWrite.All", "9492366f-7969-46a4-8d15-ed1a20078fff", "Read and write items in all site collections",
			"Allows the app to create, read, update, and delete documents and list items in all site collections without a signed in user."),
		role("Files.Read.All", "01d4889c-1287-42c6-ac1f-5d1e02578ef6", "Read files in all site collections",
			"Allows the app to read all files in all site collections without a signed in user."),
		role("Files.ReadWrite.All", "75359482-378d-4052-8f01-80520e7db3cd", "Read and write files in all site collections",
			"Allows the app to read, create, update and delete all files in all site collections without a signed in user."),
		role("Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6", "Read organization information",
			"Allows the app to read the organization and related resources, without a signed-in user."),
		role("Member.Read.Hidden", "658aa5d8-239f-45c4-aa12-864f4fc7e490", "Read all hidden memberships",
			"Allows the app to read the memberships of hidden groups and administrative units without a signed-in user."),
		role("Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Read directory data",
			"Allows the app to read data in your organization's directory, such as users, groups and apps, without a signed-in user."),
		role("Application.ReadWrite.All", "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", "Read and write all applications",
			"Allows the app to create, read, update and delete applications and service principals without a signed-in user."),
	}
}

// GraphScopes are the delegated permissions of Microsoft Graph that the
// simulation knows.
func GraphScopes() []Permission {
	return []Permission{
		{"e1fe6dd8-ba31-4d61-89e7-88639da4683d", "User.Read", "Sign in and read user profile",
			"Allows users to sign-in to the app, and allows the app to read the profile of signed-in users.", false},
		{"bdfbf15f-ee85-4955-8675-146e8e5296b5", "Application.ReadWrite.All", "Read and write all applications",
			"Allows the app to create, read, update and delete applications and service principals on behalf of the signed-in user.", true},
		{"c79f8feb-a9db-4090-85f9-90d820caa0eb", "Application.Read.All", "Read applications",
			"Allows the app to read applications and service principals on behalf of the signed-in user.", true},
		{"06da0dbc-49e2-44d2-8312-53f166ab848a", "Directory.Read.All", "Read directory data",
			"Allows the app to read data in your organization's directory, such as users, groups and apps.", true},
		{"a154be20-db9c-4678-8ab7-66f6cc099a59", "User.Read.All", "Read all users' full profiles",
			"Allows the app to read the full set of profile properties of other users in your organization, on behalf of the signed-in user.", true},
		{"41ce6ca6-6826-4807-84f1-1c82854f7ee5", "DelegatedPermissionGrant.ReadWrite.All", "Manage all delegated permission grants",
			"Allows the app to manage permission grants for delegated permissions exposed by any API, on behalf of the signed in user.", true},
		{"06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All", "Manage app permission grants and app role assignments",
			"Allows the app to manage permission grants for application permissions to any API and application assignments for any app.", true},
		{"7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access", "Maintain access to data you have given it access to",
			"Allows the app to see and update the data you gave it access to, even when users are not currently using the app.", false},
		{"37f7f235-527c-4136-accd-4a02d197296e", "openid", "Sign users in",
			"Allows users to sign in to the app with their work or school accounts.", false},
		{"14dad69e-099b-42c9-810b-d002981feec1", "profile", "View users' basic profile",
			"Allows the app to see your users' basic profile.", false},
		{"64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "email", "View users' email address",
			"Allows the app to read your users' primary email address.", false},
	}
}

// GraphRole finds an app role by id or value.
func GraphRole(idOrValue string) (Permission, bool) { return findPermission(GraphRoles(), idOrValue) }

// GraphScope finds a delegated permission by id or value.
func GraphScope(idOrValue string) (Permission, bool) { return findPermission(GraphScopes(), idOrValue) }

func findPermission(list []Permission, idOrValue string) (Permission, bool) {
	for _, p := range list {
		if p.ID == idOrValue || p.Value == idOrValue {
			return p, true
		}
	}
	return Permission{}, false
}
