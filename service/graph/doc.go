// Package graph is Microsoft Graph v1.0: the tenant's application with an
// administrator's delegated token (Tenant), and people, groups and mailboxes
// (Directory), sites (Sites) and drives (Drives) with a service's app-only token.
//
// It is the only package that imports msgraph-sdk-go and kiota. Of the SDK it
// takes the models and kiota's request adapter, never the root package or the
// request builders: the root alone costs five minutes of compiling. Addresses
// are therefore built here, in the functions that use them, each beside the
// page of Microsoft's which documents it.
//
// What leaves the package is package service's: its types, and *service.Error
// with words for people. Graph's own codes, messages and request IDs go to the
// log; tokens and bodies go nowhere.
package graph
