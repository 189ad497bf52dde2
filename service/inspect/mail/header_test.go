package mail

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/inspect/budget"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	m, _ := readText(t, `Return-Path: <bounce@a.example>
From: "Doe, Jane" <Jane@A.example>
Sender: list@a.example
Reply-To: =?utf-8?Q?J=C3=A4ne?= <jane@b.example>
To: undisclosed-recipients:;
Cc: One <one@c.example>, two@c.example
Subject: =?utf-8?B?w4Q=?=
 =?utf-8?B?w5Y=?= and more
Date: Thu, 1 Jan 2026 10:00:00 +0100 (CET)
Message-ID: <1@a.example>
In-Reply-To: <0@a.example>
References: <x@a.example>
 <y@a.example>
List-Unsubscribe: <https://a.example/u>

Hello
`)
	want := &Message{
		From:       []Address{{"Doe, Jane", "jane@a.example", `"Doe, Jane" <Jane@A.example>`}},
		Sender:     Address{"", "list@a.example", "list@a.example"},
		ReplyTo:    []Address{{"Jäne", "jane@b.example", "Jäne <jane@b.example>"}},
		ReturnPath: Address{"", "bounce@a.example", "<bounce@a.example>"},
		Cc:         []Address{{"One", "one@c.example", "One <one@c.example>"}, {"", "two@c.example", "two@c.example"}},
		Subject:    "ÄÖ and more",
		Date:       time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC),
		MessageID:  "1@a.example", InReplyTo: "0@a.example", References: []string{"x@a.example", "y@a.example"},
		List: true, Bulk: true, Text: "Hello\n", Visible: "Hello\n", Auth: Auth{SCL: -2},
		Size: m.Size, Fields: m.Fields,
	}
	m.Date = m.Date.UTC()
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
	if m.Field("message-id") != "<1@a.example>" || m.Field("X") != "" {
		t.Error("Field")
	}
}

func TestHeaderTwice(t *testing.T) {
	t.Parallel()
	m, _ := readText(t, "From: a@a.example\nFrom: b@b.example\n\nHello")
	if len(m.From) != 2 || !hasProblem(m.Problems, budget.Damaged) {
		t.Errorf("from %v, problems %v", m.From, m.Problems)
	}
	m, _ = readText(t, "Subject: "+strings.Repeat("x", 300<<10)+"\n\nHello")
	if !hasProblem(m.Problems, budget.TooLarge) {
		t.Errorf("problems %v", m.Problems)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                                 "plain",
		"=?utf-8?Q?caf=C3=A9_au?=":              "café au",
		"=?UTF-8?B?4pyT?= x":                    "✓ x",
		"a =?utf-8?q?b?= c":                     "a b c",
		"=?utf-8?q?a?= =?utf-8?q?b?=":           "ab",
		"=?utf-8?B?4pw=?= =?utf-8?B?kw==?=":     "✓", // split within a character
		"=?utf-8?Q?a b?=":                       "a b",
		"=?utf-8*en?Q?a?=":                      "a",
		"=?iso-8859-1?Q?caf=E9?=":               "café",
		"=?gb2312?B?xOO6ww==?=":                 "你好",
		"=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=":    "こん",
		"=?utf-8?B?4pyT":                        "✓",
		"=?utf-8?X?a?=":                         "=?utf-8?X?a?=",
		"=?":                                    "=?",
		"=?nonsense?Q?a=E9?=":                   "aé",
		"\"=?utf-8?Q?a?=\"":                     "\"a\"",
		"caf\xe9":                               "café",
		"=?utf-7?Q?+AOk-?=":                     "é",
		"=?utf-8?Q?=F0=9F=98?= =?utf-8?Q?=80?=": "😀",
		"=?windows-1252?Q?=80?==?utf-8?Q?x?=":   "€x",
		"=?utf-8?Q?=ED=A0=80?=":                 "í\u00a0€",
		strings.Repeat("=?utf-8?Q?a?=\r\n ", 3): "aaa\r\n ",
	} {
		if got := decodeWords([]byte(in), ""); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want []string // name|address
	}{
		{"a@b.example", []string{"|a@b.example"}},
		{"A <a@b.example>, B <c@d.example>", []string{"A|a@b.example", "B|c@d.example"}},
		{"A <a@b.example>; B <c@d.example>", []string{"A|a@b.example", "B|c@d.example"}},
		{"Doe, Jane <j@b.example>", []string{"Doe, Jane|j@b.example"}},
		{`"support@bank.example" <evil@b.example>`, []string{"support@bank.example|evil@b.example"}},
		{`support@bank.example <evil@b.example>`, []string{"support@bank.example|evil@b.example"}},
		{`"a \"q\" <x@y.example>" <evil@b.example>`, []string{`a "q" <x@y.example>|evil@b.example`}},
		{"a@b.example (Jane Doe)", []string{"Jane Doe|a@b.example"}},
		{"<a@b.example", []string{"|a@b.example"}},
		{`"Jane <a@b.example>`, []string{"Jane|a@b.example"}},
		{"Jane a@b.example", []string{"Jane|a@b.example"}},
		{"<a@b.example> Jane", []string{"Jane|a@b.example"}},
		{"Group: a@b.example, c@d.example;", []string{"|a@b.example", "|c@d.example"}},
		{"undisclosed-recipients:;", nil},
		{"Jane Doe", []string{"Jane Doe|"}},
		{"=?utf-8?Q?Doe=2C_Jane?= <j@b.example>", []string{"Doe, Jane|j@b.example"}},
		{"<@relay.example:a@b.example>", []string{"|a@b.example"}},
		{"", nil},
		{",,;", nil},
	} {
		var got []string
		for _, a := range parseAddresses(c.in, "") {
			got = append(got, a.Name+"|"+a.Address)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, not %q", c.in, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, v := range []string{"Fri, 2 Jan 2026 03:04:05 +0000", "2 Jan 2026 03:04:05 GMT", "Fri,  2 Jan 2026 03:04:05 +0000 (UTC)", "Fri, 02 Jan 2026 03:04:05 UT",
		"2026-01-02T03:04:05Z", "Fri Jan  2 03:04:05 2026", "Fri, 2 Jan 2026 03:04:05",
		"Fri, 02 Jan 26 03:04:05 GMT", "2-Jan-2026 03:04:05", "2026/01/02 Fri 03:04:05 UTC", "Fri, 2 Jan 2026 04:04:05 +0100", "Thu, 1 Jan 2026 22:04:05 +-0500", "Thu, 1 Jan 2026 22:04:05 EST",
		"Fri, 2 Jan 2026 3:4:5 Somewhere Standard Time"} {
		if got := date(v); !got.Equal(want) {
			t.Errorf("%q: %v", v, got)
		}
	}
	for _, v := range []string{"", "yesterday", "Fri, 40 Jan 2026", "Jan 2026", "::", "+", "1-2", "--", "99999999999999999999 Jan 2026"} {
		if !date(v).IsZero() {
			t.Errorf("%q is %v", v, date(v))
		}
	}
}
