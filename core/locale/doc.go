// Package locale holds every text that people see, in English and German, and
// writes and reads dates, durations and numbers the way they do.
//
// Messages live in messages/<area>.<language>.json in the JSON format of
// go-i18n: {"id": "text"} or {"id": {"one": "…", "other": "…"}}, with
// parameters written {{.Name}}. An id belongs to one area and must exist in
// every language with the same parameters and the same plural forms; [New]
// fails otherwise, so a half-translated change does not start.
//
// Nothing here escapes: a text is plain, and the door that shows it escapes
// for its own medium.
package locale
