#!/usr/bin/env bash
# Builds the tools of scripts/tools/go.mod (templ, staticcheck, govulncheck, stripe-mock) into .cache/bin, at the versions pinned there.
# With names as arguments, only those. Fails when one could not be built (no network on a first run, for example).
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- templ staticcheck govulncheck stripe-mock
mkdir -p "$bin"
for tool in "$@"; do
  case $tool in
  templ) package=github.com/a-h/templ/cmd/templ ;;
  staticcheck) package=honnef.co/go/tools/cmd/staticcheck ;;
  govulncheck) package=golang.org/x/vuln/cmd/govulncheck ;;
  stripe-mock) package=github.com/stripe/stripe-mock ;;
  *) say "tools: $tool is none of templ, staticcheck, govulncheck, stripe-mock" && exit 2 ;;
  esac
  (cd "$root/scripts/tools" && CGO_ENABLED=0 GOOS= GOARCH= go build -o "$bin/$tool" "$package") || exit 1
done
