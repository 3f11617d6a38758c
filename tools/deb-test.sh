#!/bin/bash
# Tests the Debian package on this machine: installs an older and a newer version, upgrades, purges, and looks at what is
# there. Needs root, because it installs; refuses where Clockwarden is already installed. Works without systemd running.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
  echo "deb-test installs a package: please run it as root, best in a container" >&2
  exit 1
fi
if dpkg-query -W clockwarden >/dev/null 2>&1 || getent passwd clockwarden >/dev/null || [ -e /var/lib/clockwarden ] || [ -e /etc/clockwarden ]; then
  echo "deb-test: there is a Clockwarden on this machine, which the test would purge" >&2
  exit 1
fi
work=$(mktemp -d)
clean() {
  status=$?
  if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; fi
  dpkg --purge clockwarden >/dev/null 2>&1 || true
  rm -rf "$work"
  if [ $status != 0 ]; then echo "deb-test failed" >&2; fi
}
trap clean EXIT
export DEBIAN_FRONTEND=noninteractive
say() { echo "deb-test: $*"; }
fail() { echo "deb-test: $*" >&2; exit 1; }
is() { [ "$1" = "$2" ] || fail "$3: is '$1', should be '$2'"; }
mode() { stat -c '%a %U:%G' "$1"; }

old=$(tools/deb.sh v0.0.1 aaaaaaaaaaaa | tail -1)
new=$(tools/deb.sh v0.0.2-3-gbbbbbbb bbbbbbbbbbbb | tail -1)
mv "$old" "$new" "$work/"
old=$work/$(basename "$old") new=$work/$(basename "$new")
is "$(dpkg-deb -f "$new" Version)" 0.0.2+3+gbbbbbbb 'version from git describe'
dpkg --compare-versions "$(dpkg-deb -f "$old" Version)" lt "$(dpkg-deb -f "$new" Version)" || fail 'the newer version sorts before the older'
is "$(dpkg-deb --info "$new" conffiles | sort | paste -sd' ')" '/etc/clockwarden/config.yaml /etc/clockwarden/environment' conffiles
if dpkg-deb -x "$new" "$work/x" && ldd "$work/x/usr/bin/clockwarden" >/dev/null 2>&1; then fail 'the binary needs libraries'; fi

say "installs $(basename "$old")"
apt-get install -y -q --no-install-recommends "$old" >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail 'does not install'; }
is "$(mode /usr/bin/clockwarden)" '755 root:root' binary
is "$(mode /etc/clockwarden/config.yaml)" '640 root:clockwarden' configuration
is "$(mode /etc/clockwarden/environment)" '640 root:clockwarden' environment
is "$(mode /var/lib/clockwarden)" '750 clockwarden:clockwarden' 'data folder'
[ -s /usr/lib/systemd/system/clockwarden.service ] || fail 'no unit'
[ -s /usr/share/man/man1/clockwarden.1.gz ] || fail 'no manual page'
is "$(getent passwd clockwarden | cut -d: -f6,7)" '/var/lib/clockwarden:/usr/sbin/nologin' user
is "$(clockwarden version --json | sed -E 's/.*"version":"([^"]*)".*"commit":"([^"]*)".*/\1 \2/')" 'v0.0.1 aaaaaaaaaaaa' version
if command -v deb-systemd-helper >/dev/null; then
  [ -L /etc/systemd/system/multi-user.target.wants/clockwarden.service ] || fail 'the unit is not enabled'
fi
if command -v systemd-analyze >/dev/null; then
  systemd-analyze verify /usr/lib/systemd/system/clockwarden.service 2>"$work/verify" || { cat "$work/verify"; fail 'systemd does not accept the unit'; }
  if grep -i 'clockwarden.service:' "$work/verify"; then fail 'systemd has something to say about the unit'; fi
  systemd-analyze security --offline=true --threshold=20 /usr/lib/systemd/system/clockwarden.service >"$work/security" ||
    { cat "$work/security"; fail 'the unit is not hardened'; }
  say "$(tail -1 "$work/security" | sed 's/^[^A-Za-z]*//')"
fi

say 'makes data'
clockwardenctl migrate >/dev/null
clockwardenctl workspace create --name Acme --slug acme --plan enterprise --owner-email olivia@acme.test --owner-name Olivia >/dev/null
is "$(mode /var/lib/clockwarden/clockwarden.db)" '600 clockwarden:clockwarden' database
echo 'CLOCKWARDEN_LOG_LEVEL="warn"' >>/etc/clockwarden/environment
sed -i 's|^listen: .*|listen: 127.0.0.1:18473|; s|^base_url: .*|base_url: http://localhost:18473|' /etc/clockwarden/config.yaml
link=$(clockwardenctl sign-in-link --workspace acme --email olivia@acme.test --json)
case $link in *'"http://localhost:18473/sign-in/'*) ;; *) fail "the configuration is not used: $link" ;; esac
runuser -u nobody -- cat /etc/clockwarden/config.yaml >/dev/null 2>&1 && fail 'everybody reads the configuration'
runuser -u nobody -- /usr/sbin/clockwardenctl version >/dev/null 2>&1 && fail 'everybody runs clockwardenctl'

serves() { # version
  (cd /var/lib/clockwarden && exec setpriv --reuid=clockwarden --regid=clockwarden --init-groups -- /usr/bin/clockwarden serve --config /etc/clockwarden/config.yaml) >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    if curl -fsS http://127.0.0.1:18473/readyz >/dev/null 2>&1; then break; fi
    sleep 0.1
  done
  is "$(curl -fsS http://127.0.0.1:18473/readyz)" ok "version $1 serves"
  clockwardenctl doctor >"$work/doctor" || { cat "$work/doctor"; fail "doctor is not content with version $1"; }
  say "doctor: $(grep -c '^ok ' "$work/doctor") ok, $(grep -c '^warn ' "$work/doctor" || true) warn"
  kill -TERM "$server"
  wait "$server" || { cat "$work/log"; fail "version $1 did not stop well"; }
  server=
}
serves old

say "upgrades to $(basename "$new")"
clockwardenctl audit export --workspace acme >"$work/before"
apt-get install -y -q --no-install-recommends "$new" >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail 'does not upgrade'; }
is "$(clockwarden version --json | sed -E 's/.*"version":"([^"]*)".*/\1/')" v0.0.2-3-gbbbbbbb 'version after the upgrade'
clockwardenctl audit export --workspace acme | head -n "$(wc -l <"$work/before")" | cmp - "$work/before" || fail 'the upgrade changed the data'
[ -s "$work/before" ] || fail 'there was no data'
clockwardenctl audit verify --workspace acme >/dev/null || fail 'the audit log after the upgrade'
grep -q '^listen: 127.0.0.1:18473$' /etc/clockwarden/config.yaml || fail 'the upgrade changed the configuration'
is "$(mode /etc/clockwarden/config.yaml)" '640 root:clockwarden' 'configuration after the upgrade'
serves new

say 'removes'
apt-get remove -y -q clockwarden >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail 'cannot be removed'; }
[ ! -e /usr/bin/clockwarden ] || fail 'the binary stayed'
[ -s /var/lib/clockwarden/clockwarden.db ] || fail 'removing without purging lost the data'
[ -s /etc/clockwarden/config.yaml ] || fail 'removing without purging lost the configuration'
say 'purges'
dpkg --purge clockwarden >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; fail 'cannot be purged'; }
for gone in /var/lib/clockwarden /etc/clockwarden /usr/lib/systemd/system/clockwarden.service /usr/share/doc/clockwarden \
  /etc/systemd/system/clockwarden.service /etc/systemd/system/multi-user.target.wants/clockwarden.service; do
  if [ -e "$gone" ] || [ -L "$gone" ]; then fail "$gone stayed after the purge"; fi
done
if getent passwd clockwarden >/dev/null || getent group clockwarden >/dev/null; then fail 'the user stayed after the purge'; fi
say 'ok'
