#!/usr/bin/env bash
# Everything that says whether Noren is well, from a machine with Go alone: fetches what is missing (prepare.sh), runs a
# throw-away PostgreSQL (postgres.sh), the checks (check.sh), all tests on both engines, the race detector where it pays,
# the other systems' builds, and ends with what ran, what was skipped and why, and `N passed, N failed, N skipped`.
# Ends with a status other than zero when anything failed.
#
#   scripts/test.sh         what every change must pass; minutes
#   scripts/test.sh long    with NOREN_LONG=1 (soak, large sizes), the race detector everywhere, and fuzzing
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$root/scripts/postgres.sh"
cd "$root" || exit 1

mode=${1:-short}
results=$(mktemp -d "${TMPDIR:-/tmp}/noren-test.XXXXXX") || exit 1
trap 'pg_stop; rm -rf "$results"' EXIT
trap 'exit 130' INT TERM HUP

sum() { "$bin/testsum" "$@" -into "$results"; }

# step NAME COMMAND… runs a check and keeps its outcome: 75 means that it could not be done, for the reason it gives last.
step() {
  local name=$1 began=$SECONDS status word=fail reason=
  shift
  say "== $name"
  "$@" >"$results/log" 2>&1
  status=$?
  case $status in
  0) word=pass ;;
  75) word=skip ;;
  *) cat "$results/log" ;;
  esac
  if [ "$word" != fail ] && [ -s "$results/log" ]; then
    reason=$(tail -n 1 "$results/log")
    say "   $reason"
  fi
  sum -step "$name" -status "$word" -reason "$reason" -seconds $((SECONDS - began))
}

# skip NAME REASON keeps that something was not done.
skip() {
  say "== $1: skipped, $2"
  sum -step "$1" -status skip -reason "$2"
}

# suite NAME ARGUMENTS… runs go test and keeps each test's outcome.
suite() {
  local name=$1 status
  shift
  say "== $name: go test $*"
  go test -json "$@" 2>&1 | sum -suite "$name"
  status=${PIPESTATUS[0]}
  # The go command itself may fail without a test to blame (a pattern that matches nothing): testsum counts that.
  [ "$status" = 0 ] || say "   $name: go test ended with status $status"
}

# racy lists the packages in which goroutines meet: the store, its facts, the door, what stands behind it, the last piece.
racy() {
  local dir
  for dir in base/db base/outbox base/job security/vault security/ledger web/frame flow/checkout commerce/inventory; do
    [ -d "internal/$dir" ] && printf './internal/%s/...\n' "$dir"
  done
}

race() {
  local cc
  cc=$(go env CC)
  if ! have "${cc%% *}"; then
    skip "race detector" "no C compiler here (the race detector needs cgo)"
  elif [ $# = 0 ]; then
    skip "race detector" "none of its packages is here yet"
  else
    CGO_ENABLED=1 suite "race detector" -race -timeout "$race_timeout" "$@"
  fi
}

# fuzz gives each target some seconds beyond its corpus.
fuzz() {
  local file target
  grep -rlE '^func Fuzz' --include='*_test.go' internal scripts cmd 2>/dev/null | while read -r file; do
    for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
      step "fuzz $target (20 s)" go test -run '^$' -fuzz "^$target\$" -fuzztime 20s "./$(dirname "$file")" </dev/null
    done
  done
}

began=$SECONDS
mkdir -p "$bin"
scripts/prepare.sh
go build -o "$bin/testsum" ./scripts/testsum || exit 1

test_timeout=12m race_timeout=8m
if [ "$mode" = long ]; then
  export NOREN_LONG=1
  test_timeout=60m race_timeout=40m
fi

for check in gofmt vet staticcheck govulncheck generate; do
  step "$check" scripts/check.sh "$check"
done

browser=$(browser_bin)
if [ -n "$browser" ]; then export NOREN_TEST_CHROMIUM="$browser"; else skip "Chromium" "could not be had: browser tests are skipped"; fi
japanese_font || skip "a Japanese font" "could not be had: pages show boxes"
pg_start || skip "PostgreSQL" "could not be had or started: tests ran on SQLite only"

suite "tests" -timeout "$test_timeout" ./...
if [ "$mode" = long ]; then race ./...; else
  # shellcheck disable=SC2046 # one pattern per word
  race $(racy)
fi
[ "$mode" = long ] && fuzz

for target in linux/amd64 linux/arm64 darwin/arm64 windows/amd64; do
  step "build $target, no cgo" scripts/check.sh cross "${target%/*}" "${target#*/}"
done

pg_stop
say
say "Took $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s."
"$bin/testsum" -total "$results"
