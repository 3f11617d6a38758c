package panel

import (
	"net"
	"net/http"
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

// checkHost answers only on the configured address and on the subdomains of workspaces, and remembers which.
func (p *Panel) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		subdomain, ok := p.place(r.Host)
		if ok && subdomain != "" {
			ws, err := p.svc.WorkspaceBySubdomain(r.Context(), subdomain)
			switch core.ErrorCode(err) {
			case "":
				about(r).host = ws
			case core.CodeNotFound:
				ok = false
			default:
				p.newVisit(w, r).fail(err)
				return
			}
		}
		if !ok {
			p.newVisit(w, r).fail(&core.Error{Code: core.CodeNotFound, Message: unknownHost})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unknownHost says that nothing is here, no style sheet either; the page shows where the panel is.
const unknownHost = "panel.error.host"

// place takes a Host header apart: the subdomain ("" for the main address), or false for a foreign host. The port
// says nothing about who is meant, and a proxy may change it.
func (p *Panel) place(host string) (subdomain string, ok bool) {
	name := strings.ToLower(hostName(host))
	name = strings.TrimSuffix(name, ".")
	base := strings.ToLower(p.base.Hostname())
	names := []string{base}
	if loopback(base) {
		names = []string{base, "localhost", "127.0.0.1", "::1"}
	}
	for _, n := range names {
		if name == n {
			return "", true
		}
		if sub, found := strings.CutSuffix(name, "."+n); found && sub != "" && !strings.Contains(sub, ".") {
			return sub, true
		}
	}
	return "", false
}

func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

func loopback(name string) bool {
	return name == "localhost" || name == "127.0.0.1" || name == "::1"
}
