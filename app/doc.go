// Package app puts the services together and runs them: it opens the data
// folder, the store and the adapters, gives the use cases what they need, runs
// the background and stops everything in order. It knows no window:
// app/desktop puts one around it, casctl does without.
package app
