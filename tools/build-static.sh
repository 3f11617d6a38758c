#!/bin/bash
# Builds the program as one file that needs no library of the system, for packages and images.
# Usage: build-static.sh FILE VERSION COMMIT
set -euo pipefail
cd "$(dirname "$0")/.."
file=$1 version=$2 commit=$3
# netgo, osusergo: name and user look-ups in Go. Loading of SQLite extensions would need the dynamic linker.
CGO_ENABLED=1 "${GO:-go}" build -buildvcs=false -trimpath -tags netgo,osusergo,sqlite_omit_load_extension \
  -ldflags "-s -w -X main.version=$version -X main.commit=$commit -linkmode external -extldflags -static" \
  -o "$file" ./cmd/clockwarden
