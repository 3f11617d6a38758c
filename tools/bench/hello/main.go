// Command hello is the smallest net/http program: what the real one is measured against at its start and at rest.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
