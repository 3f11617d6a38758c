#!/bin/bash
# Builds dist/clockwarden_VERSION_ARCH.deb. Usage: deb.sh VERSION COMMIT; VERSION is what git describe says, or 1.2.3.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 commit=$2
nfpm=$(tools/install-go-tool.sh github.com/goreleaser/nfpm/v2 cmd/nfpm v2.43.0)

# A version of Debian begins with a digit; "~" sorts before, "+" after.
number=${version#v}
case $number in
[0-9]*.*) DEB_VERSION=$(sed -E -e 's/-([a-z])/~\1/' -e 's/~(g[0-9a-f]{7,})/+\1/' -e 's/-/+/g' <<<"$number") ;;
*) DEB_VERSION="0.0.0+$(git rev-list --count HEAD 2>/dev/null || echo 0).${number//-/.}" ;;
esac
DEB_ARCH=$(go env GOARCH)
export DEB_VERSION DEB_ARCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH

rm -rf dist/root
mkdir -p dist/root/doc/deploy
tools/build-static.sh dist/root/clockwarden "$version" "$commit"
sed 's|^database: .*|database: /var/lib/clockwarden/clockwarden.db|' config.example.yaml >dist/root/config.yaml
grep -q '^database: /var/lib/clockwarden/clockwarden.db$' dist/root/config.yaml
sed -i -e 's|^# Every setting of Clockwarden with its default.*|# The configuration of the service: every setting with its default. Change what you|' \
  -e 's|^# and change what you need; leave out the rest.|# need, then: sudo systemctl restart clockwarden|' dist/root/config.yaml
gzip -9nc deploy/clockwarden.1 >dist/root/clockwarden.1.gz
gzip -9nc CHANGELOG.md >dist/root/changelog.gz
cp LICENSE dist/root/copyright
cp -r README.md docs dist/root/doc/
cp deploy/alerts.yaml deploy/grafana-dashboard.json deploy/nginx.conf deploy/Caddyfile dist/root/doc/deploy/
rm -rf dist/root/doc/docs/images
chmod -R u=rwX,go=rX dist/root/doc
"$nfpm" package --config deploy/nfpm.yaml --packager deb --target dist/ >/dev/null
echo "dist/clockwarden_${DEB_VERSION}_$DEB_ARCH.deb"
