// Package service is the domain of Cloud App Security: what an organization, a
// service, a grant, a target and a notification are, which errors people read,
// and the interfaces which the adapters implement.
//
// It imports nothing but the standard library, so that every other package may
// know it and it knows nobody. The use cases (service/grant, service/directory)
// know this package only; the adapters (service/entra, service/graph,
// service/sqlite, service/keyring, service/loopback) implement its interfaces
// and never know one another; app puts them together.
package service
