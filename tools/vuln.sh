#!/bin/bash
# Runs govulncheck. Usage: vuln.sh GOVULNCHECK [FOLDER-OF-OSV-FILES]; without a folder it asks the public database.
set -euo pipefail
cd "$(dirname "$0")/.."
govulncheck=$1 db=${2:-}
args=()
if [ -n "$db" ]; then
  db=$(cd "$db" && pwd)
  args=(-db "file://$db")
  # The age of the data: by its newest entry, since many copies carry no dates.
  entries=$(find "$db" -name 'GO-*.json' -printf '%f\n' | sort -V)
  echo "vulnerability data: $db, $(grep -c . <<<"$entries") entries, the newest is $(tail -1 <<<"$entries")"
fi
exec "$govulncheck" "${args[@]}" ./...
