#!/bin/bash
# Fails and names the files that gofmt would change.
set -euo pipefail
cd "$(dirname "$0")/.."
files=$(find . -name '*.go' -not -path './tools/npm/node_modules/*' -not -path './bin/*' -print0 | xargs -0r gofmt -l)
if [ -n "$files" ]; then
  printf 'not formatted (run make fmt):\n%s\n' "$files" >&2
  exit 1
fi
