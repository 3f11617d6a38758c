#!/bin/bash
# Follows README.md as a newcomer does: clones what is committed here into a new folder, runs the first command under
# "Try it", opens the sign-in link, and stops Dana's timer in the console. The commands are read from README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
clean() {
  status=$?
  if [ -n "${demo:-}" ]; then kill -TERM -- "-$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  if [ $status != 0 ]; then
    for file in "$work/out" "$work/err"; do if [ -s "$file" ]; then sed 's/^/  /' "$file" >&2; fi; done
    echo "readme-test failed" >&2
  fi
  rm -rf "$work"
}
trap clean EXIT
say() { echo "readme-test: $*"; }
fail() { echo "readme-test: $*" >&2; exit 1; }

say 'clones'
git clone -q "file://$PWD" "$work/clockwarden"
cd "$work/clockwarden"
mapfile -t commands < <(sed -n '/^## Try it/,/^## /p' README.md | sed -n '/^```sh$/,/^```$/p' | sed -e '/^```/d' -e 's/ *#.*//')
[ "${commands[*]}" = 'make run make test' ] || fail "README's two commands are not make run and make test: ${commands[*]}"
hint=$(grep -o 'make run ARGS="--listen 127.0.0.1:[0-9]*"' README.md | head -1)
[ -n "$hint" ] || fail 'README does not say how to choose another port'
said=$(grep -o '/accounts stop-timer dana@[a-z.]*' README.md | head -1)
[ -n "$said" ] || fail 'README does not say what to type in the console'

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
args="--listen 127.0.0.1:$port --data $work/data"
say "runs make run ARGS=\"$args\""
begun=$(date +%s)
setsid make run ARGS="$args" >"$work/out" 2>"$work/err" & # a group of its own, so that make and the demo end together
demo=$!
for _ in $(seq 6000); do
  if [ "$(grep -c '/sign-in/' "$work/out")" = 2 ]; then break; fi
  kill -0 "$demo" 2>/dev/null || fail 'the demo ended'
  sleep 0.1
done
mapfile -t links < <(grep -o 'http://[^ ]*/sign-in/[^ ]*' "$work/out")
[ ${#links[@]} = 2 ] || fail 'the demo printed no two sign-in links'
say "two links after $(($(date +%s) - begun)) s"
[ "$(curl -fsS "http://127.0.0.1:$port/healthz")" = ok ] || fail '/healthz'

sign_in() { # link, cookie jar, the page it should lead to
  curl -fsS -c "$2" -b "$2" -o "$work/page" "$1" && grep -q '<form' "$work/page" || fail 'the sign-in link shows no button'
  to=$(curl -fsS -c "$2" -b "$2" -H 'Sec-Fetch-Site: same-origin' -X POST -o /dev/null -w '%{redirect_url}' "$1")
  case $to in *"$3") ;; *) fail "the sign-in link leads to '$to', not to $3" ;; esac
  curl -fsS -b "$2" -o "$work/page" "$to"
}
sign_in "${links[0]}" "$work/owner" /settings/accounts
grep -q 'Dana Díaz' "$work/page" || fail 'the owner does not see the Accounts tab'
say "types $said"
export CLOCKWARDEN_DATABASE=$work/data/clockwarden.db CLOCKWARDEN_BASE_URL=http://localhost:$port
echo 1 | bin/clockwarden chat --as olivia@acme.test "$said" >"$work/chat" || { cat "$work/chat"; fail 'the console refuses'; }
grep -q '^Stopped: the timer of Dana Díaz' "$work/chat" || { cat "$work/chat"; fail 'the timer was not stopped'; }
sign_in "${links[1]}" "$work/member" /w/acme/
curl -fsS -b "$work/member" -o "$work/page" "http://localhost:$port/w/acme/inbox"
sed -i 's/<[^>]*>//g' "$work/page"
grep -q 'Olivia Owner stopped your timer' "$work/page" || fail 'Dana has no notice'
kill -TERM -- "-$demo"
for _ in $(seq 100); do
  if ! curl -fsS "http://127.0.0.1:$port/healthz" >/dev/null 2>&1; then demo=; break; fi
  sleep 0.1
done
[ -z "$demo" ] || fail 'the demo does not stop'
say 'ok'
