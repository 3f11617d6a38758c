#!/bin/bash
# Fails unless the vendored htmx is byte for byte the pinned npm package's and matches the sums in static/vendor/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
package=tools/npm/node_modules/htmx.org

sum() { sha256sum "$1" | cut -d' ' -f1; }
pinned=$(sed -n 's/.*"htmx.org": "\([^"]*\)".*/\1/p' tools/npm/package.json)
installed=$(sed -n 's/^ *"version": "\([^"]*\)".*/\1/p' "$package/package.json")
if [ -z "$pinned" ] || [ "$pinned" != "$installed" ]; then
  echo "htmx.org: pinned is '$pinned', installed is '$installed'; run npm ci in tools/npm" >&2
  exit 1
fi

check() { # vendored file, file in the package
  local here there
  here=$(sum "static/vendor/$1") there=$(sum "$package/$2")
  if [ "$here" != "$there" ]; then
    echo "static/vendor/$1 ($here) differs from htmx.org $pinned $2 ($there)" >&2
    return 1
  fi
  if [ "${3:-}" != nosum ] && ! grep -F "\`$1\`" static/vendor/README.md | grep -qF "$here"; then
    echo "static/vendor/README.md does not name the sum $here for $1" >&2
    return 1
  fi
}
check htmx.min.js dist/htmx.min.js
check hx-sse.min.js dist/ext/hx-sse.min.js
check htmx.LICENSE.txt LICENSE nosum
echo "vendored files: same as htmx.org $pinned"
