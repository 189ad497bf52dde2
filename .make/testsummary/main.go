// Command testsummary reads the output of go test -json and prints what a
// person wants to know: a line for each package, the output of what failed, each
// skipped test with its reason, and "N tests, M skipped" at the end. It exits
// with 1 if a test failed, if none ran, or with -strict if one was skipped.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
	// ImportPath is set for the output of a failed build.
	ImportPath string
}

type name struct{ pkg, test string }

func main() {
	strict := flag.Bool("strict", false, "fail if a test was skipped")
	flag.Parse()
	output := map[name][]string{}
	var tests, failed int
	var skipped []string
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		key := name{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Print(e.Output)
		case "build-fail":
			failed++
		case "output":
			output[key] = append(output[key], e.Output)
		case "pass", "fail", "skip":
			if e.Action == "fail" {
				failed++
				fmt.Print(strings.Join(output[key], ""))
			}
			if e.Test == "" {
				if e.Action == "pass" {
					fmt.Printf("ok  \t%s\t%.1fs\n", e.Package, e.Elapsed)
				}
				continue
			}
			tests++
			if e.Action == "skip" {
				skipped = append(skipped, e.Package+" "+e.Test+": "+reason(output[key]))
			}
			delete(output, key)
		}
	}
	for _, s := range skipped {
		fmt.Println("skipped:", s)
	}
	fmt.Printf("%d tests, %d skipped\n", tests, len(skipped))
	if in.Err() != nil || failed > 0 || tests == 0 || (*strict && len(skipped) > 0) {
		os.Exit(1)
	}
}

// reason gives what a skipped test said.
func reason(lines []string) string {
	var said []string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			said = append(said, l)
		}
	}
	return strings.Join(said, " ")
}
