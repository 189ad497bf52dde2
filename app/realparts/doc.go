// Package realparts starts the real parts which end-to-end tests run against:
// the programs themselves, the simulated Microsoft 365 as a process of its own,
// Chromium, a D-Bus session with gnome-keyring, and a display. Only tests import
// it.
package realparts
