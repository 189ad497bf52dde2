package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"cloudappsecurity/service"
)

// print writes v as one line of JSON.
func (c *command) print(v any) {
	enc := json.NewEncoder(c.Out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		fmt.Fprintf(c.Err, "casctl: writing the result: %v\n", err)
	}
}

// table writes rows with aligned columns.
func (c *command) table(rows [][]string) {
	w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, printable(cell))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // nobody can be told that the terminal is gone
}

// terminal says whether a stream is a person's terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// printable takes control characters out of s: names come from the directory
// and could hold terminal sequences.
func printable(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			out[i] = '�'
		}
	}
	return string(out)
}

// failureJSON is how an error looks in JSON.
type failureJSON struct {
	Event   string `json:"event"`
	Outcome string `json:"outcome"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
	AADSTS  string `json:"aadsts,omitempty"`
	Exit    int    `json:"exit_code"`
}

func failure(e *service.Error) failureJSON {
	outcome := "failed"
	switch e.Code {
	case service.CodeDeclined:
		outcome = "declined"
	case service.CodeTimeout:
		outcome = "timeout"
	case service.CodeCanceled:
		outcome = "canceled"
	default:
		if exitCode(e) == ExitRefused {
			outcome = "refused"
		}
	}
	return failureJSON{"outcome", outcome, string(e.Code), e.Message, e.Help, e.AADSTS, exitCode(e)}
}

// stamp gives t for JSON; nil for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

func local(t time.Time) string {
	if t.IsZero() {
		return "Unknown"
	}
	return t.Local().Format("2006-01-02 15:04")
}
