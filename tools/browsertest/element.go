package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/chromedp/cdproto/cdp/jsonv2"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// pollEvery is how long a wait pauses between two looks at the page. Looking again, instead of waiting inside the page,
// survives navigations and swaps.
const pollEvery = 25 * time.Millisecond

// Eval runs JavaScript in the page and returns its value: a string as it is, anything else as JSON, undefined as "".
// Promises are awaited. An exception ends the test. The page's CSP does not apply to it.
func (tab *Tab) Eval(js string) string {
	tab.t.Helper()
	out, err := tab.eval(waitLimit, js)
	if err != nil {
		tab.fail("eval "+js, err.Error())
	}
	return out
}

func (tab *Tab) eval(limit time.Duration, js string) (string, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, limit)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[jsonv2.Value](js, chromedp.EvalAwaitPromise))
	if errors.Is(err, chromedp.ErrJSUndefined) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var s string
	if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
		return s, nil
	}
	return string(raw), nil
}

// until looks at the page until js gives something other than "" and "false", and returns that. A page that is just being replaced
// cannot answer, so errors are tried again as well. why says in the failure what was still wrong.
func (tab *Tab) until(what, js, why string) string {
	tab.t.Helper()
	deadline := time.Now().Add(waitLimit)
	for {
		out, err := tab.eval(time.Until(deadline), js)
		if err == nil && out != "" && out != "false" && out != "null" {
			return out
		}
		if time.Now().After(deadline) {
			if err != nil {
				why += ": " + err.Error()
			}
			tab.fail(what, fmt.Sprintf("%s after %s", why, waitLimit))
		}
		time.Sleep(pollEvery)
	}
}

// find is the JavaScript for the first element that matches.
func find(css string) string { return "document.querySelector(" + quote(css) + ")" }

// quote makes a JavaScript string literal.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // cannot happen for a string
		return strconv.Quote(s)
	}
	return string(b)
}

// Has reports whether an element matches now, visible or not.
func (tab *Tab) Has(css string) bool {
	tab.t.Helper()
	return tab.Eval(find(css)+" !== null") == "true"
}

// Count returns how many elements match now.
func (tab *Tab) Count(css string) int {
	tab.t.Helper()
	n, err := strconv.Atoi(tab.Eval("document.querySelectorAll(" + quote(css) + ").length"))
	if err != nil {
		tab.fail("count "+css, err.Error())
	}
	return n
}

// Text waits for the element and returns its text as a person reads it, without outer space.
func (tab *Tab) Text(css string) string {
	tab.t.Helper()
	return tab.read("text of "+css, css, "e.innerText.trim()")
}

// Value waits for the form field and returns its value.
func (tab *Tab) Value(css string) string {
	tab.t.Helper()
	return tab.read("value of "+css, css, "e.value")
}

// Attr waits for the element and returns its attribute, "" when it has none of that name.
func (tab *Tab) Attr(css, name string) string {
	tab.t.Helper()
	return tab.read("attribute of "+css, css, "e.getAttribute("+quote(name)+") ?? ''")
}

// read waits for the element e and returns the JavaScript expression on it. The leading mark tells "" from "not there".
func (tab *Tab) read(what, css, expression string) string {
	tab.t.Helper()
	return strings.TrimPrefix(tab.until(what, "(e => e ? '=' + ("+expression+") : '')("+find(css)+")", "no such element"), "=")
}

// WaitVisible waits until the first match is rendered and not hidden.
func (tab *Tab) WaitVisible(css string) {
	tab.t.Helper()
	tab.until("wait for "+css, "(e => !!e && "+visible+")("+find(css)+")", "not visible")
}

// WaitGone waits until no match is rendered: none is there, or all are hidden.
func (tab *Tab) WaitGone(css string) {
	tab.t.Helper()
	tab.until("wait until gone: "+css, "[...document.querySelectorAll("+quote(css)+")].every(e => !("+visible+"))", "still visible")
}

// WaitText waits until the text of the first match holds the words.
func (tab *Tab) WaitText(css, words string) {
	tab.t.Helper()
	tab.until("wait for "+strconv.Quote(words)+" in "+css, "(e => !!e && e.innerText.includes("+quote(words)+"))("+find(css)+")", "not there")
}

// WaitURL waits until the address holds the part.
func (tab *Tab) WaitURL(part string) {
	tab.t.Helper()
	tab.until("wait for the address "+part, "location.href.includes("+quote(part)+")", "still elsewhere")
}

// WaitEval waits until the JavaScript expression is true.
func (tab *Tab) WaitEval(js string) {
	tab.t.Helper()
	tab.until("wait for "+js, "Promise.resolve("+js+").then(v => !!v)", "not true")
}

// visible is the JavaScript condition for the element e being rendered; inputs that are only clipped count as visible.
const visible = `(e.getClientRects().length > 0 && e.checkVisibility({visibilityProperty: true, opacityProperty: false}))`

// target is a JavaScript function that gives the middle of an element as "x,y" once a person could click there, else "". It remembers
// the last place on the element: only one that did not move between two looks is clicked.
const target = `(e => {
	if (!e || !` + visible + ` || e.disabled || e.closest("fieldset:disabled, [inert]")) return "";
	e.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
	let r = e.getClientRects()[0];
	if (r.top < 0 || r.bottom > innerHeight || r.left < 0 || r.right > innerWidth || covered(e, r)) {
		e.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
		r = e.getClientRects()[0];
	}
	const place = (r.left + r.width / 2) + "," + (r.top + r.height / 2);
	const still = e.__browsertestPlace === place;
	e.__browsertestPlace = place;
	return still && !covered(e, r) ? place : "";
	function covered(e, r) {
		const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
		return !top || !(e.contains(top) || top.contains(e) && top.tagName === "LABEL" || [...(e.labels ?? [])].some(l => l.contains(top)));
	}
})`

// Click waits until a person could click the first match (visible, enabled, still, not covered) and clicks its middle with the mouse.
func (tab *Tab) Click(css string) {
	tab.t.Helper()
	tab.click("click "+css, find(css))
}

// CtrlClick is Click with the Ctrl key held, which opens links in a new tab.
func (tab *Tab) CtrlClick(css string) {
	tab.t.Helper()
	tab.click("ctrl-click "+css, find(css), chromedp.ButtonModifiers(kb.ModifierCtrl))
}

// ClickText clicks the first visible link, button, summary, label or option-like control whose text, or accessible label, is exactly this.
func (tab *Tab) ClickText(text string) {
	tab.t.Helper()
	tab.click("click "+strconv.Quote(text), `[...document.querySelectorAll("a[href], button, summary, label, input[type=submit], [role=button]")]
		.find(e => [e.innerText?.trim(), e.value, e.getAttribute("aria-label")].includes(`+quote(text)+`) && `+visible+`)`)
}

func (tab *Tab) click(what, element string, options ...chromedp.MouseOption) {
	tab.t.Helper()
	place := tab.until(what, target+"("+element+")", "not there, not visible, disabled, moving or covered by something else")
	left, top, _ := strings.Cut(place, ",")
	x, errX := strconv.ParseFloat(left, 64)
	y, errY := strconv.ParseFloat(top, 64)
	if err := errors.Join(errX, errY); err != nil {
		tab.fail(what, err.Error())
	}
	tab.do(waitLimit, what, chromedp.MouseClickXY(x, y, options...))
}

// Type clicks the field and types the text with the keyboard, in place of what stands there. Use SetValue for dates and selects.
func (tab *Tab) Type(css, text string) {
	tab.t.Helper()
	tab.Click(css)
	tab.Eval(find(css) + ".select?.()")
	if text == "" {
		text = kb.Delete
	}
	tab.do(waitLimit, "type into "+css, chromedp.KeyEvent(text))
}

// SetValue sets a select, checkbox ("true" or "false"), date or other field and sends the input and change events, as choosing does.
func (tab *Tab) SetValue(css, value string) {
	tab.t.Helper()
	tab.WaitVisible(css)
	tab.Eval(`((e, v) => {
		if (e.type === "checkbox" || e.type === "radio") e.checked = v === "true"; else e.value = v;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
	})(` + find(css) + "," + quote(value) + ")")
	if got := tab.Eval("(e => e.type === 'checkbox' || e.type === 'radio' ? String(e.checked) : e.value)(" + find(css) + ")"); got != value {
		tab.fail("set "+css, fmt.Sprintf("it takes %q instead of %q", got, value))
	}
}

// Press presses one key by its name (Tab, Enter, Escape, Backspace, ArrowDown, …) or types the characters, into whatever has the focus.
func (tab *Tab) Press(key string) {
	tab.t.Helper()
	named := map[string]string{
		"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Backspace": kb.Backspace, "Delete": kb.Delete, "Space": " ",
		"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
		"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
	}
	keys, ok := named[key]
	if !ok {
		keys = key
	}
	tab.do(waitLimit, "press "+key, chromedp.KeyEvent(keys))
}
