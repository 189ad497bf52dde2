package sqlite

import (
	"net/url"
	"runtime"
	"strconv"
	"strings"
)

const emptyDSN = "file::memory:?_foreign_keys=1"

// fileURI gives an absolute path as the file: URI which SQLite reads. Every
// character that means something in a URI is escaped: with an unescaped "?" in
// its path SQLite opens another file.
// https://www.sqlite.org/uri.html
func fileURI(goos, path string) string {
	if goos == "windows" {
		path = strings.ReplaceAll(path, `\`, "/")
		path = strings.TrimPrefix(path, "//?/") // `\\?\C:\…`
		if rest, ok := strings.CutPrefix(path, "UNC/"); ok {
			path = "//" + rest // `\\?\UNC\server\share`
		}
		if !strings.HasPrefix(path, "/") {
			path = "/" + path // file:///C:/…
		}
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func writeDSN(path string) string {
	q := url.Values{
		"mode":          {"rw"}, // Open has made the file
		"_busy_timeout": {strconv.FormatInt(busyTimeout.Milliseconds(), 10)},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"NORMAL"},
		"_foreign_keys": {"1"},
		"_txlock":       {"immediate"},
		// macOS reaches the disk only with fullfsync; elsewhere it is ignored.
		"_pragma": {"fullfsync(1)", "journal_size_limit(67108864)", "cache_size(-16000)",
			// Statement journals of the triggers need no file.
			"temp_store(MEMORY)", "wal_autocheckpoint(16000)"},
	}
	return fileURI(runtime.GOOS, path) + "?" + q.Encode()
}

func readDSN(path string, immutable bool) string {
	q := url.Values{
		"mode":          {"ro"},
		"_busy_timeout": {strconv.FormatInt(busyTimeout.Milliseconds(), 10)},
		"_query_only":   {"1"},
	}
	if immutable {
		q.Set("immutable", "1")
	}
	return fileURI(runtime.GOOS, path) + "?" + q.Encode()
}
