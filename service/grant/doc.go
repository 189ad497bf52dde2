// Package grant walks a grant from the administrator's sign-in to
// "… protected.".
//
// A grant has two halves. Run is the first: one browser tab from the permission
// page through Microsoft's sign-in and consent, until an app-only token with
// every role was obtained. Finish is the second: targets are stored, the first
// synchronization runs, the first mailbox, drive or site is read, and only then is the
// sentence stored.
//
// Both are idempotent and resume where they were cut: what a step made is
// stored before the next step depends on it, the private key before its
// certificate is registered. Granting twice changes nothing.
//
// Remove is the way back: an administrator signs in once more, and service
// principal, application, deleted application and what is stored here go one
// after the other, each stored as done before the next begins. From its
// confirmation on the service counts as not granted.
//
// The package knows the domain only; Entra, Graph, the keyring, the pages and
// the store come in as interfaces.
package grant
