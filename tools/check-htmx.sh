#!/bin/bash
# Runs htmx's own upgrade check on the templates and fails on any htmx 2 spelling.
# One finding is dropped: hx-disable="…" is right in htmx 4 (disable during the request), but the tool takes each for htmx 2's hx-disable.
# The bare htmx 2 form, hx-disable without a value, still fails.
set -euo pipefail
cd "$(dirname "$0")/.."
checker=tools/npm/node_modules/htmx.org/dist/scripts/upgrade-check.py

findings() { # folder
  local out status=0
  out=$(python3 "$checker" --no-color "$1" 2>/dev/null) || status=$?
  # Status 1 with findings is an answer; anything else is the checker failing.
  if [ $status -gt 1 ] || { [ $status = 1 ] && [ -z "$out" ]; }; then
    echo "htmx upgrade check could not run (status $status)" >&2
    exit 1
  fi
  grep -vF '[renamed-attr] hx-disable →' <<<"$out" | grep -v '^$' || true
  grep -rnE --include='*.html' 'hx-disable([[:space:]/>]|$)' "$1" || true
}

# The check proves itself first: a planted htmx 2 attribute must be found.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
echo '<div hx-ext="sse" sse-connect="/live"></div>' >"$planted/planted.html"
if [ -z "$(findings "$planted")" ]; then
  echo "htmx upgrade check does not find a planted htmx 2 attribute" >&2
  exit 1
fi

if [ -z "$(find templates -name '*.html' -print -quit)" ]; then
  echo "htmx upgrade check: no templates to look at" >&2
  exit 1
fi
found=$(findings templates)
if [ -n "$found" ]; then
  printf 'htmx 2 spelling in the templates:\n%s\n' "$found" >&2
  exit 1
fi
echo "htmx: the templates hold no htmx 2 spelling"
