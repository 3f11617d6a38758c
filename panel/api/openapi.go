package api

import (
	"bytes"
	_ "embed" // the document
	"encoding/json"
	"fmt"
)

//go:embed openapi.json
var openAPISource []byte

// openAPIDocument is the description of the own API with the program's version in it.
func openAPIDocument(version string) ([]byte, error) {
	if version == "" {
		version = "dev"
	}
	quoted, err := json.Marshal(version)
	if err != nil {
		return nil, fmt.Errorf("openapi version: %w", err)
	}
	document := bytes.Replace(openAPISource, []byte(`"VERSION"`), quoted, 1)
	var compact bytes.Buffer
	if err := json.Compact(&compact, document); err != nil {
		return nil, fmt.Errorf("openapi.json: %w", err)
	}
	return compact.Bytes(), nil
}

// serveOpenAPI serves GET /openapi.json to anybody: it describes the program, not its data.
func (s *server) serveOpenAPI(*call) (answer, error) {
	document, err := s.openAPI()
	return ok(json.RawMessage(document)), err
}
