#!/bin/bash
# Takes one program out of a Debian package into bin/tools, without installing the package: its services and what it
# recommends are not wanted here. Prints the program's path. Usage: install-from-debian.sh PACKAGE PATH-IN-PACKAGE
set -euo pipefail
cd "$(dirname "$0")/.."
package=$1 path=$2
name=$(basename "$path")
for candidate in "$(command -v "$name" || true)" "$PWD/bin/tools/$name"; do
  if [ -n "$candidate" ] && [ -x "$candidate" ]; then
    echo "$candidate"
    exit 0
  fi
done
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "missing for the tests: $name. Please install it with this system's package manager." >&2
  exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "getting $name from the package $package into bin/tools (once)" >&2
fetch() { (cd "$folder" && apt-get download -q "$package" >/dev/null 2>"$folder/why"); }
if ! fetch; then
  if [ "$(id -u)" = 0 ]; then apt-get update -qq >&2; fi
  fetch || { cat "$folder/why" >&2; exit 1; }
fi
dpkg-deb -x "$folder"/*.deb "$folder/x"
if ldd "$folder/x/$path" | grep 'not found' >&2; then
  echo "$name lacks the libraries above. Please install the package $package." >&2
  exit 1
fi
mkdir -p bin/tools
install -m 755 "$folder/x/$path" "bin/tools/$name"
echo "$PWD/bin/tools/$name"
