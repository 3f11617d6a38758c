package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/clockwarden/clockwarden/core"
)

// route is one line of a route table.
type route struct {
	method string
	path   string      // below the dialect's prefix, {name} for a variable
	action core.Action // what core is asked to allow; empty only for an open route
	open   bool        // needs no key
	serve  func(c *call) (answer, error)
}

// resource is a path with its routes by method.
type resource struct {
	path   string
	routes map[string]route
	allow  string // value of the Allow header
}

// byPath groups a route table by path, in the order of the table, so that a fixed path that stands
// before one with a variable wins.
func byPath(table []route) []*resource {
	var list []*resource
	for _, r := range table {
		i := slices.IndexFunc(list, func(p *resource) bool { return p.path == r.path })
		if i < 0 {
			list = append(list, &resource{path: r.path, routes: map[string]route{}})
			i = len(list) - 1
		}
		list[i].routes[r.method] = r
	}
	for _, p := range list {
		methods := []string{http.MethodOptions}
		for m := range p.routes {
			methods = append(methods, m)
			if m == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
		slices.Sort(methods)
		p.allow = strings.Join(methods, ", ")
	}
	return list
}

// route finds the route of a method; HEAD is answered as GET, without the body.
func (p *resource) route(method string) (route, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	r, ok := p.routes[method]
	return r, ok
}
