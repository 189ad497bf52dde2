//go:build !race

package realparts

const race = "-race=false"
