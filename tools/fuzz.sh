#!/bin/bash
# Runs every fuzz target for the given time, one after the other: go test takes one at a time.
# Usage: fuzz.sh TIME PACKAGES
set -euo pipefail
cd "$(dirname "$0")/.."
time=$1 packages=$2
# shellcheck disable=SC2086 # several packages may be given
for package in $(go list $packages); do
  targets=$(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true)
  for target in $targets; do
    echo "== $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
  done
done
