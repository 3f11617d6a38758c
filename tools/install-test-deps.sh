#!/bin/bash
# Installs what `make test` needs and this machine lacks: Chromium, PostgreSQL, Node with npm, Python (for htmx's upgrade check)
# from Debian, promtool, nginx and Caddy as single programs, and the pinned npm packages of tools/npm and tools/payloads. Does
# nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

have() { command -v "$1" >/dev/null 2>&1; }
have_postgres() { have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
have_chromium() {
  [ -n "${CLOCKWARDEN_CHROMIUM:-}" ] && return 0
  for name in chromium chromium-browser google-chrome google-chrome-stable; do have "$name" && return 0; done
  return 1
}

missing=()
have_chromium || missing+=(chromium)
have_postgres || missing+=(postgresql)
have node || missing+=(nodejs)
have npm || missing+=(npm)
have python3 || missing+=(python3)

if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ! have apt-get; then
    echo "missing for the tests: ${missing[*]}. Please install them with this system's package manager." >&2
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "missing for the tests. Please run: sudo $install" >&2
    exit 1
  fi
  echo "installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  $install >&2
fi

# npm writes this file last, so it is newer than the lock once everything of the lock is there.
for folder in tools/npm tools/payloads; do
  if [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund >&2
    touch "$folder/node_modules/.package-lock.json"
  fi
done

# Prometheus's own tool checks the alert rules; nginx and Caddy stand in front of the service in a test.
tools/install-from-debian.sh prometheus usr/bin/promtool >/dev/null
tools/install-from-debian.sh nginx usr/sbin/nginx >/dev/null
tools/install-from-debian.sh caddy usr/bin/caddy >/dev/null
