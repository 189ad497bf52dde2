// Package pages holds the pages which a grant shows in the browser: templates for html/template, their style sheet and
// their script. It is embedded data and nothing else; service/loopback fills and serves them.
package pages

import "embed"

// Files holds the pages by file name, such as "start.html".
//
//go:embed *.html *.css *.js
var Files embed.FS
