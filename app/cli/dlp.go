package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"cloudappsecurity/service"
	"cloudappsecurity/service/inspect/dlp"
)

// maxText is how many bytes a text may have: it is held in memory.
const maxText = 256 << 20

type matchJSON struct {
	Identifier string  `json:"identifier"`
	Start      int     `json:"start"`
	End        int     `json:"end"`
	RuneStart  int     `json:"rune_start"`
	RuneEnd    int     `json:"rune_end"`
	Confidence float64 `json:"confidence"`
}

type dlpJSON struct {
	File string      `json:"file"`
	DLP  []matchJSON `json:"dlp"`
}

// dlpLineJSON answers one line of --ndjson.
type dlpLineJSON struct {
	DLP []matchJSON `json:"dlp"`
}

type badLineJSON struct {
	Error string `json:"error"`
	Line  int    `json:"line"`
}

func matchList(found []dlp.Match) []matchJSON {
	list := make([]matchJSON, 0, len(found))
	for _, m := range found {
		list = append(list, matchObject(m))
	}
	return list
}

func matchObject(m dlp.Match) matchJSON {
	return matchJSON{m.Identifier, m.Start, m.End, m.RuneStart, m.RuneEnd, m.Confidence}
}

func (c *command) dlp() *cobra.Command {
	var lines bool
	cmd := &cobra.Command{
		Use:   "dlp FILE|-",
		Short: "Find sensitive data in a text: cards, accounts, identity numbers, secrets",
		Long: "Find sensitive data in a text, of any confidence. Nothing is stored or changed.\n\n" +
			"With --ndjson each line is an object with a \"text\", and a line answers it.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dlp.New(dlp.Config{})
			if err != nil {
				return err
			}
			in := c.input(cmd.Context())
			if args[0] != "-" {
				file, err := open(args[0])
				if err != nil {
					return unreadable(err)
				}
				defer file.Close()
				in = file
			}
			if lines {
				return c.findInLines(d, in)
			}
			return c.findIn(d, args[0], in)
		},
	}
	cmd.Flags().BoolVar(&lines, "ndjson", false, "read an object a line, print one a line")
	return cmd
}

func open(name string) (io.ReadCloser, error) { return os.Open(name) }

// unreadable is an error of reading a text.
func unreadable(err error) error {
	if e, ok := errors.AsType[*service.Error](err); ok { // it was interrupted
		return e
	}
	e := &service.Error{Code: service.CodeInternal, Message: "The text can't be read.", Help: "See that it is a file which you may read.", Cause: err}
	if errors.Is(err, fs.ErrNotExist) {
		e.Code, e.Message, e.Help = service.CodeNotFound, "There is no such file.", "Check its name, or give - to read from standard input."
	}
	return e
}

// findIn tells what is in one text.
func (c *command) findIn(d *dlp.Detector, name string, in io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil {
		return unreadable(err)
	}
	if len(raw) > maxText {
		return &service.Error{Code: service.CodeUnsupported, Message: "The text is larger than 256 MB.", Help: "Split it, or give it line by line with --ndjson."}
	}
	text := string(raw)
	found := d.Find(text)
	if c.json {
		c.print(dlpJSON{name, matchList(found)})
		return nil
	}
	if len(found) == 0 {
		fmt.Fprintln(c.Out, "Nothing was found.")
		return nil
	}
	rows := [][]string{{"LINE", "IDENTIFIER", "CONFIDENCE", "TEXT"}}
	line, at := 1, 0
	for _, m := range found {
		line += bytes.Count(raw[at:m.Start], []byte{'\n'})
		at = m.Start
		rows = append(rows, []string{strconv.Itoa(line), m.Identifier, fmt.Sprintf("%.0f %%", 100*m.Confidence), m.Masked})
	}
	c.table(rows)
	return nil
}

// findInLines answers each line with a line. What can't be read is told in its
// place, and the next line is read.
func (c *command) findInLines(d *dlp.Detector, in io.Reader) error {
	r, w := bufio.NewReaderSize(in, 1<<16), bufio.NewWriter(c.Out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for number := 1; ; number++ {
		line, ended, err := readLine(r)
		if err != nil {
			return errors.Join(w.Flush(), unreadable(err))
		}
		if ended && len(line) == 0 {
			return w.Flush()
		}
		text, problem := textOf(line)
		if problem != "" {
			err = enc.Encode(badLineJSON{problem, number})
		} else {
			err = enc.Encode(dlpLineJSON{matchList(d.Find(text))})
		}
		if err == nil && r.Buffered() == 0 { // who asks a line at a time waits for the answer
			err = w.Flush()
		}
		if err != nil {
			return &service.Error{Code: service.CodeInternal, Message: "The result can't be written.", Help: "See where the output goes.", Cause: err}
		}
	}
}

// readLine reads a line without its end, at most one byte more than maxText of
// it, and says whether the input ended with it.
func readLine(r *bufio.Reader) (line []byte, ended bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if room := maxText + 1 - len(line); len(part) > room {
			line = append(line, part[:room]...)
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return bytes.TrimRight(line, "\r\n"), true, nil
		case err != nil:
			return nil, false, err
		}
		return bytes.TrimRight(line, "\r\n"), false, nil
	}
}

// textOf reads the text of a line, or says what is wrong with the line.
func textOf(line []byte) (text, problem string) {
	if len(line) > maxText {
		return "", "The line is larger than 256 MB."
	}
	var object struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(byteForByte(line), &object); err != nil {
		return "", "The line isn't a JSON object with a text."
	}
	if object.Text == nil {
		return "", `The object has no "text".`
	}
	return *object.Text, ""
}

// byteForByte replaces each byte that isn't UTF-8 by one that is: the JSON
// decoder would put three in its place, and all offsets behind it were wrong.
func byteForByte(line []byte) []byte {
	if utf8.Valid(line) {
		return line
	}
	out := bytes.Clone(line)
	for i := 0; i < len(out); {
		r, size := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && size == 1 {
			out[i] = 0x7f // a control character that JSON allows
		}
		i += size
	}
	return out
}
