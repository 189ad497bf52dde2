package realparts

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Tab opens a new Chromium with a profile of its own and gives the context of
// its tab.
func Tab(t testing.TB) context.Context {
	t.Helper()
	Need(t, "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 1000),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(Patience))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	tab, stopTab := chromedp.NewContext(alloc)
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tab, 4*Patience)
	t.Cleanup(func() { cancel(); stopTab(); stopAlloc() })
	return ctx
}

// CloseTab closes a browser that Tab opened.
func CloseTab(t testing.TB, tab context.Context) {
	t.Helper()
	if err := chromedp.Cancel(tab); err != nil {
		t.Fatal(err)
	}
}

// Administrator is a person in front of a browser.
type Administrator struct {
	Username, Password string
	// Mistakes is how many wrong passwords are typed before the right one.
	Mistakes int
	// Refuse presses Cancel instead of Grant Permission, or of the removal.
	Refuse bool
	// Decline presses Cancel instead of Accept on the screen with this number,
	// counted from 1.
	Decline int
	// Move answers the question about another computer, of a removal, too.
	Move bool
	// Until ends the walk before a page with this text is acted on.
	Until string

	accepted int
}

// Texts of links and buttons which the walk presses.
const (
	leave   = "Return to the application without granting consent"
	another = "Use another account"
	onward  = "Go on to the sign-in"
	removes = "Sign in and remove"
	reopen  = "Open the authorization screen again"
)

// look says what the page in sight asks for, and readies it to be clicked or
// typed into. It knows the pages by what a person sees on them. A page on which
// something was pressed is left alone until the next one is there.
const look = `(() => {
	if (window.casPressed) return 'wait:' + document.title;
	const seen = e => e && e.getClientRects().length > 0;
	const text = document.body ? document.body.innerText : '';
	const named = e => (e.innerText || e.value || '').trim();
	const buttons = [...document.querySelectorAll('button, input[type=submit], a.btn')].filter(e => seen(e) && !e.disabled);
	const button = name => buttons.find(b => named(b) === name) || buttons.find(b => named(b).includes(name));
	const box = kind => [...document.querySelectorAll('input[type=' + kind + ']')].find(seen);
	window.casPress = name => { const b = button(name); if (b) { window.casPressed = true; b.click(); } return !!b; };
	for (const end of ['Return to Cloud App Security', 'Access was not granted', 'The removal is not finished', 'Canceled'])
		if (document.title.startsWith(end)) return 'done';
	for (const name of ['Grant Permission', '` + removes + `'])
		if (button(name)) return name;
	if (text.includes('Move protection to this computer?')) return 'move';
	if (text.includes('Removing the application stops the protection there, too.')) return 'other';
	for (const name of ['Accept', '` + leave + `', '` + onward + `', '` + reopen + `', '` + another + `'])
		if (button(name) && !box('password')) return name;
	if (box('password')) return 'password';
	if (box('email')) return 'email';
	return 'wait:' + document.title;
})()`

// Walk opens url and does what each page asks for until the tab says how it
// ended, Until is seen, or ctx ends. It gives the last page's text.
func (a *Administrator) Walk(ctx context.Context, url string) (string, error) {
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return "", err
	}
	return a.Continue(ctx)
}

// Continue is Walk on the page that is open.
func (a *Administrator) Continue(ctx context.Context) (string, error) {
	for {
		seen, err := evaluate(ctx, look+" + '\\n' + "+words) // in one, so that both are of one page
		if err != nil {
			return "", err
		}
		state, text, _ := strings.Cut(seen, "\n")
		if state == "done" || a.Until != "" && strings.Contains(text, a.Until) {
			return text, nil
		}
		if err := a.act(ctx, state); err != nil {
			return text, fmt.Errorf("on %q: %w", state, err)
		}
	}
}

func (a *Administrator) act(ctx context.Context, state string) error {
	switch state {
	case "Grant Permission", removes:
		if a.Refuse {
			return press(ctx, "Cancel")
		}
		return press(ctx, state)
	case "Accept":
		a.accepted++
		if a.accepted == a.Decline {
			return press(ctx, "Cancel")
		}
		return press(ctx, "Accept")
	case "move":
		if a.Move {
			return press(ctx, "Move protection here")
		}
		return press(ctx, "Keep it there")
	case "other":
		if a.Move {
			return press(ctx, "Remove it")
		}
		return press(ctx, "Keep it")
	case leave, onward, reopen:
		return press(ctx, state)
	case another: // the account picker
		if text, err := Text(ctx); err != nil || !strings.Contains(text, a.Username) {
			return press(ctx, another)
		}
		return press(ctx, a.Username)
	case "email":
		return fill(ctx, "email", a.Username, "Next")
	case "password":
		if a.Mistakes > 0 {
			a.Mistakes--
			return fill(ctx, "password", "not "+a.Password, "Sign in")
		}
		return fill(ctx, "password", a.Password, "Sign in")
	default:
		return chromedp.Do(ctx, chromedp.Sleep(100*time.Millisecond)) // the page waits, as a person would
	}
}

// Await waits until the page in sight says text.
func Await(ctx context.Context, text string) error {
	for {
		said, err := Text(ctx)
		if err != nil {
			return fmt.Errorf("waiting for %q: %w", text, err)
		}
		if strings.Contains(said, text) {
			return nil
		}
		if err := chromedp.Do(ctx, chromedp.Sleep(50*time.Millisecond)); err != nil {
			return fmt.Errorf("waiting for %q, the page says %q: %w", text, said, err)
		}
	}
}

const words = `document.title + '\n' + (document.body ? document.body.innerText : '')`

// Text is what the page in sight says.
func Text(ctx context.Context) (string, error) {
	return evaluate(ctx, words)
}

// evaluate runs an expression, again while the page is being replaced.
func evaluate(ctx context.Context, expression string) (string, error) {
	for {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
		if err == nil || ctx.Err() != nil {
			return text, err
		}
	}
}

// press clicks a button. Where the page is replaced meanwhile, the next look
// tells.
func press(ctx context.Context, name string) error {
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`!!window.casPress && window.casPress(%q)`, name)))
	if err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// fill focuses a field as a person would and types with real key events.
func fill(ctx context.Context, kind, value, button string) error {
	focused, err := evaluate(ctx, fmt.Sprintf(`(() => { const e = document.querySelector('input[type=%s]'); if (!e) return ''; e.value = ''; e.focus(); return 'yes'; })()`, kind))
	if err != nil || focused == "" {
		return err
	}
	step, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(step, chromedp.KeyEvent(value)); err != nil {
		return err
	}
	return press(ctx, button)
}
