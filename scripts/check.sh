#!/usr/bin/env bash
# One check of the code as it stands: check.sh NAME. Exit 0: good. 1: not good, and why. 75: could not be done; the last
# line says why. Nothing is changed in the tree.
#
#   gofmt  vet  staticcheck  govulncheck  generate  cross GOOS GOARCH
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root" || exit 1
could_not=75

# files lists what the project holds, by git where there is one.
files() {
  if have git && git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$1"
  else
    find . -path ./.cache -prune -o -name "$1" -print | sed 's|^\./||'
  fi | while read -r f; do [ -e "$f" ] && printf '%s\n' "$f"; done
}

tool() {
  scripts/tools.sh "$1" >"$cache/tools.log" 2>&1 && return
  say "could not build $1: $(tail -n 1 "$cache/tools.log")"
  exit $could_not
}

check_gofmt() {
  local bad
  bad=$(files '*.go' | grep -v '_templ\.go$' | xargs gofmt -l)
  [ -z "$bad" ] || { say "Not formatted: $bad" && return 1; }
}

check_staticcheck() {
  tool staticcheck
  "$bin/staticcheck" ./...
}

check_govulncheck() {
  local out status
  tool govulncheck
  out=$("$bin/govulncheck" ./... 2>&1)
  status=$?
  case $status in
  0) say "no known flaw is reachable" ;;
  3) say "$out" && return 1 ;;
  *)
    if printf '%s' "$out" | grep -qE 'fetching vulnerabilities|vuln\.go\.dev|no such host|dial tcp'; then
      say "could not reach its data: nothing was checked"
      exit $could_not
    fi
    say "$out" && return 1 ;;
  esac
}

# check_generate makes the pages again in a copy and compares.
check_generate() {
  local copy bad=0 f list
  list=$(files '*.templ')
  if [ -z "$list" ]; then
    say "no templates yet"
    exit $could_not
  fi
  tool templ
  copy=$(mktemp -d) || return 1
  cp go.mod "$copy/"
  for f in $list; do
    mkdir -p "$copy/$(dirname "$f")" && cp "$f" "$copy/$f"
  done
  (cd "$copy" && "$bin/templ" generate -log-level error) || bad=1
  for f in $list; do
    f=${f%.templ}_templ.go
    cmp -s "$copy/$f" "$f" || { say "Not up to date (make generate): $f" && bad=1; }
  done
  rm -rf "$copy"
  for f in $(files '*_templ.go'); do
    [ -e "${f%_templ.go}.templ" ] || { say "Made from a template that is gone: $f" && bad=1; }
  done
  return $bad
}

mkdir -p "$cache"
case ${1:-} in
gofmt | staticcheck | govulncheck | generate) "check_$1" ;;
vet) go vet ./... ;;
cross) CGO_ENABLED=0 GOOS=$2 GOARCH=$3 go build ./... ;;
*) sed -n '2,6s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
