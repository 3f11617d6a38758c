package discord

import (
	"encoding/json"
	"fmt"

	"github.com/clockwarden/clockwarden/core/locale"
)

// Drifted tells whether the commands of a guild differ from ours; list is Discord's answer when it is
// asked for them with_localizations.
func Drifted(list []byte, catalog *locale.Catalog) (bool, error) {
	var have []knownCommand
	if err := json.Unmarshal(list, &have); err != nil {
		return false, fmt.Errorf("commands of Discord: %w", err)
	}
	return !same(have, Commands(catalog)), nil
}
