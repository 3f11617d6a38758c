package discord

import (
	"errors"
	"io"
	"mime"
	"net/http"
)

const (
	maxBody  = 1 << 20
	jsonType = "application/json"
)

// receive takes an interaction over HTTP and refuses what is not from Discord before the store is
// touched. The answer is the body of the response.
func (d *Discord) receive(w http.ResponseWriter, r *http.Request) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != jsonType {
		http.Error(w, "unsupported media type", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "request can't be read", http.StatusBadRequest)
		return
	}
	if err := d.verify.check(r.Header, body); err != nil {
		d.strangers.Refused("request to Discord's address refused", "why", err.Error())
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	response, err := d.answer(r.Context(), body)
	if err != nil {
		d.log.Warn("interaction refused", "why", err.Error())
		refuse(w, err)
		return
	}
	if len(response) == 0 {
		return
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(response)
}

// refuse answers with the error where it is about the request. Of any other only the log tells.
func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errForeign):
		http.Error(w, errForeign.Error(), http.StatusForbidden)
	case errors.Is(err, errMalformed):
		http.Error(w, errMalformed.Error(), http.StatusBadRequest)
	default:
		http.Error(w, errFault.Error(), http.StatusInternalServerError)
	}
}
