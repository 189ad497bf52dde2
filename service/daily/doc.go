// Package daily is the use case of the daily synchronization: when it is due,
// and running it for every granted service while the organization's option
// covers everyone. When it is due is a pure function of what is stored and of
// what the clock shows (schedule.go); the loop only wakes up often enough to
// notice that a clock was set or the computer slept (daily.go). It knows package
// service and its interfaces only.
package daily
