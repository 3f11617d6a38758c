package panel

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

// InvitationURL is the address of an invitation: on the workspace's subdomain if it has one, else on the main address.
func InvitationURL(base *url.URL, ws core.Workspace, token string) string {
	return placeURL(base, ws, "/invitation/"+token)
}

// placeURL is the public address of a path, as configured: on the workspace's subdomain if it has one. An installation
// that is reached by a bare IP address has no subdomains.
func placeURL(base *url.URL, ws core.Workspace, path string) string {
	u := url.URL{Scheme: base.Scheme, Host: base.Host, Path: strings.TrimSuffix(base.Path, "/") + path}
	if _, err := netip.ParseAddr(base.Hostname()); err != nil && ws.Subdomain != "" {
		u.Host = ws.Subdomain + "." + base.Host
	}
	return u.String()
}
