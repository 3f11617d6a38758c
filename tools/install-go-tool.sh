#!/bin/bash
# Prints the path of a Go tool in exactly the wanted version; builds it into bin/tools when it is nowhere yet.
# Usage: install-go-tool.sh MODULE PACKAGE-IN-MODULE VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
module=$1 package=$2 version=$3
name=$(basename "$package")

# The version is read from the binary's build information: running the tool could need the network.
right() { [ -x "$1" ] && go version -m "$1" 2>/dev/null | grep -qE "^\s+mod\s+${module//./\\.}\s+${version//./\\.}(\s|$)"; }

for candidate in "$PWD/bin/tools/$name" "$(command -v "$name" || true)" "$(go env GOPATH)/bin/$name"; do
  if [ -n "$candidate" ] && right "$candidate"; then
    echo "$candidate"
    exit 0
  fi
done
echo "installing $module/$package@$version into bin/tools (once; takes some minutes)" >&2
GOBIN="$PWD/bin/tools" GOFLAGS= go install "$module/$package@$version" >&2
echo "$PWD/bin/tools/$name"
