// Package api is the door for programs: the Clockify-compatible subset at /api/v1 and Clockwarden's
// own API at /api/clockwarden/v1.
//
// A request passes one pipeline: request id, route, API key, rate limit, workspace of the path,
// handler, answer. Handlers read their input through codec.go and query.go, call one use case of
// core and return a value; they write no header and decide no rights. Both APIs share the pipeline
// and differ in how they write an error: own in failure.go, Clockify's in clockify_failure.go.
//
// The key is looked up for every request, so a deactivated one is refused at the next. There are
// no cookies, no cross-origin headers, and no GET changes anything but the time of last use.
package api
