package markup

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"cloudappsecurity/service/inspect/budget"
)

func read(t *testing.T, page string) *Document {
	t.Helper()
	d, err := Read(budget.New(context.Background(), budget.Default()), strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSeen holds what is seen of a page, and what is there but hidden.
func TestSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, page, visible, hidden string }{
		{"text", "Hello", "Hello", ""},
		{"blocks", "<div>One</div>two<p>three<p>four<br>five<ul><li>six<li>seven</ul>", "One\ntwo\nthree\nfour\nfive\nsix\nseven", ""},
		{"white space", "a\n\t b&nbsp;&nbsp;&ensp;c  <b> d </b> e", "a b c d e", ""},
		{"cells", "<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc", ""},
		{"entities", "&lt;b&gt; &amp;amp; &#x41;&#0066; &euro;", "<b> &amp; AB €", ""},
		{"no width", "pay\u200bpal &zwnj;&shy;x", "pay\u200bpal \u200c\u00adx", ""},
		{"words in pieces", "pay<b></b>pal <span>pass</span><i>word</i>", "paypal password", ""},
		{"lines kept", "<pre>a\n b</pre>", "a\nb", ""},
		{"zero bytes", "pay\x00pal", "paypal", ""},
		{"comments", "a<!-- b -->c<!x>d<?y?>e", "acde", ""},
		{"title and head", "<head><title>T</title><meta x></head><body>b", "b", ""},
		{"display", `a<div style="DISPLAY : None">b<i>c</i></div>d`, "a\nd", "bc"},
		{"display, important", `a<div style="display:none!important">b</div>`, "a", "b"},
		{"a comment in the style", `a<div style="display:/**/none">b</div>`, "a", "b"},
		{"visibility, turned back", `<div style="visibility:hidden">a<i style="visibility:visible">b</i></div>`, "b", "a"},
		{"no size", `<p style="font-size:0">a</p><p style="font-size:1px">b</p><p style="font:0/0 a">c</p><p style="font-size:.5pt">d</p>`, "", "a\nb\nc\nd"},
		{"a size again", `<td style="font-size:0px"><div style="font-size:16px">a</div></td>`, "a", ""},
		{"a font with a size", `<p style="font:bold 12px/1.5 Arial">a`, "a", ""},
		{"opacity", `<p style="opacity:0">a</p><p style="opacity:.5">b`, "b", "a"},
		{"height", `<div style="max-height:0px;overflow:hidden">a</div><div style="max-height:0">b</div>`, "b", "a"},
		{"newsletters' width", `<div style="width:1px;min-width:100%;overflow:hidden">a</div>`, "a", ""},
		{"off the screen", `<p style="position:absolute;left:-9999px">a</p><p style="text-indent:-5000px">b</p><p style="margin-left:-20px">c`, "c", "a\nb"},
		{"clip", `<p style="position:absolute;clip:rect(0 0 0 0)">a</p><p style="clip:rect(0,120px,9px,0);position:absolute">b`, "b", "a"},
		{"hidden", "<p hidden>a</p><template>b</template>c", "c", "a\nb"},
		{"white on white", `<p style="color:#fff">a</p><p><font color=white>b</font>c`, "c", "a\nb"},
		{"nearly white", `<p style="color:#fdfdfd;">a`, "", "a"},
		{"transparent", `<p style="color:transparent">a</p><p style="color:rgba(0,0,0,0)">b`, "", "a\nb"},
		{"white on black", `<table bgcolor=#000000><tr><td style="color:#fff">a</td></tr></table>`, "a", ""},
		{"black on black", `<body style="background:#000"><p style="color:black">a<p style="color:#eee">b`, "b", "a"},
		{"white on a picture", `<td background="a.png" style="color:#fff">a</td>`, "a", ""},
		{"white on a gradient", `<p style="background:linear-gradient(#000,#111);color:#fff">a`, "a", ""},
		{"white on a color with a picture", `<p style="background:url(a.png) #fff;color:#fff">a`, "a", ""},
		{"a class", "<style>.x{display:none}\n.b{background:#007;color:#fff}</style><p class='y x'>a</p><p class=b>b", "b", "a"},
		{"a class, overridden", "<style>.x{display:none}</style><p class=x style='display:block'>a", "a", ""},
		{"a class, important", "<style>.x{display:none !important}</style><p class=x style='display:block'>a", "", "a"},
		{"an id, a tag with a class", "<style>#x,p.y{display:none}</style><p id=x>a</p><p class=y>b</p><div class=y>c", "c", "a\nb"},
		{"a class shown on some screens", "<style>.x{display:none}@media (min-width:1px){.x{display:block !important}}</style><p class=x>a", "a", ""},
		{"a class shown beneath another", "<style>.x{display:none}.a .x{display:block}</style><p class=x>a", "a", ""},
		{"an id outweighs a class", "<style>#i{display:block}.x{display:none}</style><p class=x id=i>a", "a", ""},
		{"a class outweighs a tag", "<style>.x{display:none}p{display:block}</style><p class=x>a", "", "a"},
		{"everything unset", "<p style='display:none;all:unset'>a", "a", ""},
		{"an animation", "<p style='opacity:0;animation:show 1s forwards'>a", "a", ""},
		{"more rules than are read", "<style>" + strings.Repeat(".x{display:none}", 200) + ".x{display:block}</style><p class=x>a", "a", ""},
		{"a class on narrow screens", "<style>@media (max-width:600px){.x{display:none}}.y{color:red}</style><p class=x>a", "a", ""},
		{"a class beneath another", "<style>.a .x{display:none}</style><p class=x>a", "a", ""},
		{"a background beneath another", "<style>.a td{background:#000}</style><td style='color:#fff'>a", "a", ""},
		{"an open paragraph", `<p style="display:none">a<p>b`, "b", "a"},
		{"an open cell", `<table><tr><td style="display:none">a<td>b</table>`, "b", "a"},
		{"crossed", `<b style="display:none">a<i>b</b>c</i>`, "c", "ab"},
		{"closed by nothing", `<div style="display:none">a</span></p>b</div>c`, "c", "a\nb"},
		{"a table ends what is within", `<table><tr><td><div style="display:none">a</table>b`, "b", "a"},
		{"no script", "<noscript><p>a</p></noscript><noframes>b</noframes>", "a\nb", ""},
		{"script and style", "a<script>b</script><style>c</style>d", "ad", ""},
		{"for Outlook", "a<!--[if mso]><p>only there</p><![endif]--><!--[if !mso]><!-->b<!--<![endif]-->", "ab\nonly there", ""},
		{"for Outlook, again", "Pay now<!--[if gte mso 9]><p>Pay now</p><![endif]-->", "Pay now", ""},
		{"for nobody", "a<!--[if !mso]><p>b</p><![endif]-->", "a", "b"},
		{"Outlook's own tables", `<div style="display:none">a<!--[if mso]></div></td></tr></table><table><tr><td><![endif]-->b</div>c`, "c", "a\nb"},
		{"Outlook's settings", "<head><!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]--></head>a", "a", ""},
		{"not in a comment", "<xml>a</xml>", "a", ""},
		{"Outlook's shapes", `<!--[if mso]><v:roundrect fillcolor="#00875a"><center style="color:#fff">a</center></v:roundrect><![endif]-->`, "a", ""},
		{"mso-hide alone", `<p style="mso-hide:all">a`, "a", ""},
		{"fields", `<input placeholder="E-mail"><input type=submit value="Sign in"><textarea>x</textarea><select><option>y`, "E-mail Sign in x\ny", ""},
		{"a page within", `<iframe srcdoc="&lt;p&gt;a"></iframe>b`, "a\nb", ""},
		{"an open tag", `a<div style="display:none`, "a", ""},
		{"an open comment", "a<!-- b", "a", ""},
		{"nothing", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := read(t, c.page)
			if d.Visible != c.visible || strings.TrimSpace(d.Hidden) != c.hidden {
				t.Errorf("seen %q, not %q; hidden %q, not %q", d.Visible, c.visible, d.Hidden, c.hidden)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, page string
		want       []Link
	}{
		{"text", `<a href=" https://a.example/x ">Click <b>here</b> now</a>.`, []Link{{URL: "https://a.example/x", Text: "Click here now"}}},
		{"an image", `<a href=https://a.example><img src=x></a>`, []Link{{URL: "https://a.example", Image: true}}},
		{"white space within", "<a href='ht\ntps://a.ex\tample'>x</a>", []Link{{URL: "https://a.example", Text: "x"}}},
		{"an entity", `<a href="https://a.example/?a=1&amp;b=2">x</a>`, []Link{{URL: "https://a.example/?a=1&b=2", Text: "x"}}},
		{"a base", `<base href="https://a.example/d/"><a href="e?f">x</a><a href="#top">y</a>`, []Link{{URL: "https://a.example/d/e?f", Text: "x"}, {URL: "#top", Text: "y"}}},
		{"hidden", `<div style="display:none"><a href=https://a.example>x</a></div>`, []Link{{URL: "https://a.example", Hidden: true}}},
		{"one in another", `<a href=a:1>x<a href=a:2>y</a>`, []Link{{URL: "a:1", Text: "x"}, {URL: "a:2", Text: "y"}}},
		{"open at the end", `<a href=a:1>x`, []Link{{URL: "a:1", Text: "x"}}},
		{"blocks within", `<a href=a:1><div>x</div><div>y</div></a>z`, []Link{{URL: "a:1", Text: "x y"}}},
		{"crossed", `<b><a href=a:1>x</b>y</a>z`, []Link{{URL: "a:1", Text: "xy"}}},
		{"an area", `<map><area href=a:1 alt=x></map>`, []Link{{URL: "a:1", Text: "x", Image: true}}},
		{"a form", `<form action=https://a.example><input></form>`, []Link{{URL: "https://a.example"}}},
		{"a form's other address", `<form><input type=submit formaction=https://a.example value=Go></form>`, []Link{{URL: "https://a.example", Text: "Go"}}},
		{"a button", `<button onclick="window.location.href='https://a.example'">Go</button>`, []Link{{URL: "https://a.example", Text: "Go"}}},
		{"a handler", `<div onclick="window.open(&quot;https://a.example&quot;)">Go</div>`, []Link{{URL: "https://a.example", Text: "Go"}}},
		{"a handler that stays", `<div onclick="toggle('x')">Go</div>`, nil},
		{"Outlook's button", `<!--[if mso]><v:roundrect xmlns:v="x" href="https://a.example"><center>Go</center></v:roundrect><![endif]-->`, []Link{{URL: "https://a.example", Text: "Go"}}},
		{"svg", `<svg><a xlink:href="https://a.example"><text>Go</text></a></svg>`, []Link{{URL: "https://a.example", Text: "Go"}}},
		{"refresh", `<meta http-equiv=Refresh content="0; URL='https://a.example'">`, []Link{{URL: "https://a.example"}}},
		{"a script", `<a href="javascript:go()">x</a>`, []Link{{URL: "javascript:go()", Text: "x"}}},
		{"no address", `<a name=x>x</a><a href="">y</a>`, nil},
		{"the first of two", `<a href=a:1 href=a:2>x</a>`, []Link{{URL: "a:1", Text: "x"}}},
	} {
		for i := range c.want {
			c.want[i].Where = "body"
		}
		if d := cmp.Diff(c.want, read(t, c.page).Links); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	d := read(t, `<title> A
	title</title><base href="https://a.example/"><meta http-equiv=refresh content="1;url=b">
<img src="data:image/png;base64,AAAA" alt="x  y" width=12 height="5px"><img src=cid:1 width=50%><img src=gone style="display:none">
<form action="/login"><input type=text><input type=hidden><input type=PASSWORD><input type=submit></form><input type=text>
<script>alert(1)</script><p onclick="f()" onmouseover="">x</p><a href="javascript:g()">y</a>
<iframe src="https://b.example"></iframe><object data=c.swf></object><embed src=d><script src=e.js></script>`)
	want := &Document{Title: "A title", Visible: "x\ny", Base: "https://a.example/", Refresh: "https://a.example/b",
		Images: []Image{{"data:image/png", "x y", 12, 5}, {"cid:1", "", 0, 0}},
		Forms:  []Form{{"https://a.example/login", true, 2}, {"", false, 1}},
		Links: []Link{{URL: "https://a.example/b", Where: "body"}, {URL: "https://a.example/login", Where: "body"},
			{URL: "javascript:g()", Text: "y", Where: "body"}},
		Scripts:  []string{"alert(1)", "f()", "g()"},
		Embedded: []string{"https://b.example", "c.swf", "d", "e.js"},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
}

// TestHostile holds that what is built to be endless ends.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, page string
		visible    string // the end of it
		cut        bool
	}{
		{"nested", strings.Repeat("<div>", 200_000) + "x" + strings.Repeat("</div>", 200_000) + "end", "end", false},
		{"nested, never closed", strings.Repeat("<b><i>", 100_000) + "end", "end", false},
		{"closed, never opened", strings.Repeat("</div></p></a>", 100_000) + "end", "end", false},
		{"attributes", "<p " + strings.Repeat("a=b ", 200_000) + ">end", "end", false},
		{"attributes, far too many", "<p " + strings.Repeat("a=b ", 500_000) + ">end", "end", true},
		{"a tag with a large value", `<img src="data:image/png;base64,` + strings.Repeat("A", 3<<20) + `" alt=">">end`, "end", true},
		{"a large comment", "<!--" + strings.Repeat("x", 3<<20) + "-->end", "end", true},
		{"a large script", "<script>" + strings.Repeat("x", 3<<20) + "</script>end", "end", true},
		{"much text", strings.Repeat("x ", 3<<20) + "end", "x", true},
		{"many links", strings.Repeat("<a href=a:b>x</a>", 10_000) + "end", "end", true},
		{"comments in comments", strings.Repeat("<!--[if mso]>", 10_000) + "end", "", false},
		{"pages in pages", strings.Repeat(`<iframe srcdoc="`, 1000) + "end", "", false},
		{"many rules", "<style>" + strings.Repeat(".x{display:none}", 50_000) + "</style>" + strings.Repeat("<p class=x>y</p>", 5000) + "end", "end", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := read(t, c.page)
			if !strings.HasSuffix(d.Visible, c.visible) {
				t.Errorf("the end of what is seen is %q", d.Visible[max(0, len(d.Visible)-50):])
			}
			if (len(d.Problems) > 0) != c.cut {
				t.Errorf("problems %v", d.Problems)
			}
			if len(d.Visible) > 2*mostVisible || len(d.Links) > mostLinks || len(d.Images) > mostOthers {
				t.Errorf("%d bytes, %d links, %d images", len(d.Visible), len(d.Links), len(d.Images))
			}
		})
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d, err := Read(budget.New(ctx, budget.Default()), strings.NewReader(strings.Repeat("<p>x", 1000)))
	if budget.ReasonOf(err) != budget.TooSlow || d == nil {
		t.Errorf("%v, %v", err, d)
	}
}

func TestReaderError(t *testing.T) {
	t.Parallel()
	d, err := Read(budget.New(context.Background(), budget.Default()), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("<p>Hello"))))
	if !errors.Is(err, iotest.ErrTimeout) || d == nil {
		t.Errorf("%v, %v", err, d)
	}
}

// FuzzRead holds that no page makes the reader fail, hang or give text that
// isn't UTF-8.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"<p style=\"font-size:0;color:rgb(1 2 3/0)\">a<b>c</p><a href='x'>y<img src=data:a,b>",
		"<style>.a,#b p{display:none!important}@media screen{i{color:#fff}}</style><i class=a id=b>x</i><!--[if mso]><v:rect href=y>z<![endif]-->",
		"<table><tr><td><form action=x><input type=password></table><base href=//a><meta http-equiv=refresh content=0;url=b><iframe srcdoc='<p>x'>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		d, err := Read(budget.New(context.Background(), budget.Default()), strings.NewReader(string(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append([]string{d.Title, d.Visible, d.Hidden, d.Base, d.Refresh}, d.Scripts...) {
			if !utf8.ValidString(s) {
				t.Errorf("%q isn't UTF-8", s)
			}
		}
		for _, l := range d.Links {
			if !utf8.ValidString(l.URL) || !utf8.ValidString(l.Text) || strings.ContainsAny(l.URL, "\t\r\n") {
				t.Errorf("link %+v", l)
			}
		}
		if len(d.Visible) > 8*len(page)+10 || len(d.Hidden) > 8*len(page)+10 {
			t.Errorf("%d and %d bytes of %d", len(d.Visible), len(d.Hidden), len(page))
		}
	})
}
