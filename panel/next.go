package panel

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Only plain characters: what a browser or a proxy could read in two ways is not let through. Lengths are not counted
// in the patterns, since each count makes them many times larger to compile.
var (
	plainPath  = regexp.MustCompile(`^(/w/[a-z0-9-]+(/[A-Za-z0-9_-]+)*/?|/log-in-as/[A-Za-z0-9_-]+)$`)
	plainQuery = regexp.MustCompile(`^[A-Za-z0-9_.~=&%+-]*$`)
)

const longestOwn = 400 // of a path and of a query

// ownPage returns the address of one of the panel's own pages to go to after signing in, or "" for anything else.
// It is built anew from the parts that were understood, so that nothing of the input leads elsewhere.
func (p *Panel) ownPage(address string) string {
	path, query, _ := strings.Cut(address, "?")
	if len(path) > longestOwn || len(query) > longestOwn || !plainPath.MatchString(path) || !plainQuery.MatchString(query) || !p.isPage(path) {
		return ""
	}
	values, err := url.ParseQuery(query)
	if err != nil || len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// isPage tells whether the path is one that a person can open.
func (p *Panel) isPage(path string) bool {
	parts := strings.Split(path, "/")
	for _, r := range p.routes() {
		if r.method != http.MethodGet || strings.HasSuffix(r.path, "/live") {
			continue
		}
		template := strings.Split(r.path, "/")
		if len(template) != len(parts) {
			continue
		}
		same := true
		for i, t := range template {
			same = same && (t == parts[i] || strings.HasPrefix(t, "{") && parts[i] != "")
		}
		if same {
			return true
		}
	}
	return false
}

// wanted is the page that somebody who must sign in first asked for; "" when it is none to come back to.
func (v *visit) wanted() string {
	if v.fragment() {
		u, err := url.Parse(v.r.Header.Get("HX-Current-URL"))
		if err != nil {
			return ""
		}
		return v.p.ownPage(u.RequestURI())
	}
	if v.r.Method != http.MethodGet {
		return ""
	}
	return v.p.ownPage(v.r.URL.RequestURI())
}
