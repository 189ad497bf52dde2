package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	inside = "Received: from AM0PR01.eurprd01.prod.outlook.com (2603:10a6::1) by DB7PR01.eurprd01.prod.outlook.com with HTTPS; Thu, 1 Jan 2026 10:00:03 +0000\n" +
		"Received: from AM5EUR02FT010.eop-EUR02.prod.protection.outlook.com (2603:10a6::2) by AM0PR01.outlook.office365.com (2603::3) with Microsoft SMTP Server id 15.20; Thu, 1 Jan 2026 10:00:02 +0000\n"
	results = "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=bounce.a.example; dkim=pass (signature was verified)\n header.d=a.example;dmarc=pass action=none\n header.from=a.example;compauth=pass reason=100\n"
	edge    = "Received: from mx.a.example (192.0.2.1) by\n AM5EUR02FT010.mail.protection.outlook.com (10.152.0.1) with Microsoft SMTP Server id 15.20; Thu, 1 Jan 2026 10:00:01 +0000\n"
	outside = "Received: from pc (192.0.2.9) by mx.a.example with ESMTP; Thu, 1 Jan 2026 10:00:00 +0000\n"
	report  = "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;PTR:mx.a.example;CAT:PHSH;SFTY:9.25;DIR:INB;\n"
)

func TestAuth(t *testing.T) {
	t.Parallel()
	none := Auth{SCL: -2}
	full := Auth{Trusted: true, SPF: "pass", DKIM: "pass", DMARC: "pass", CompAuth: "pass", Reason: "100", Aligned: []string{"bounce.a.example", "a.example"},
		SCL: 5, CAT: "PHSH", SFV: "SPM", SFTY: "9.25"}
	without := full
	without.SCL, without.CAT, without.SFV, without.SFTY = -2, "", "", ""
	for _, c := range []struct {
		name, header string
		want         Auth
	}{
		{"as Exchange Online writes it", inside + results + edge + outside + report, full},
		{"without a report", inside + results + edge + outside, without},
		{"two reports", inside + results + edge + outside + report + strings.Replace(report, "SCL:5", "SCL:-1", 1), without},
		{"nothing", outside, none},
		{"stripped, and the sender's own", inside + edge + outside + results + report, none},
		{"the sender wrote a hop as well", inside + edge + outside + results + edge + report, none},
		{"a relay stands above", "Received: from x by mx.relay.example with ESMTP\n" + results + edge + report, none},
		{"no hop at all", results + report, none},
		{"no hop below", inside + results + report, none},
		{"below it another's hop", inside + results + outside + edge + report, none},
		{"a host that only looks like it", inside + results + strings.ReplaceAll(edge, "protection.outlook.com", "protection.outlook.com.evil.example") + report, none},
		{"a relay that was greeted as Microsoft", "Received: from x by am0.outlook.com (192.0.2.3) by mx.relay.example with ESMTP\n" + results + edge + report, none},
		{"another's authserv-id on top", inside + "Authentication-Results: mx.evil.example; spf=pass smtp.mailfrom=bank.example\n" + results + edge, none},
		{"failed", inside + "Authentication-Results: spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=bank.example; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=bank.example;compauth=fail reason=000\n" + edge,
			Auth{Trusted: true, SPF: "fail", DKIM: "none", DMARC: "fail", CompAuth: "fail", Reason: "000", SCL: -2}},
		{"a result within a comment", inside + "Authentication-Results: spf=none (x; dkim=pass header.d=bank.example) smtp.mailfrom=a.example\n" + edge, Auth{Trusted: true, SPF: "none", SCL: -2}},
		{"two signatures", inside + "Authentication-Results: spf=softfail smtp.mailfrom=a.example; dkim=fail header.d=b.example; dkim=pass header.d=c.example\n" + edge,
			Auth{Trusted: true, SPF: "softfail", DKIM: "pass", Aligned: []string{"c.example"}, SCL: -2}},
	} {
		m, _ := readText(t, c.header+"From: a@a.example\n\nHello")
		if d := cmp.Diff(c.want, m.Auth); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}
