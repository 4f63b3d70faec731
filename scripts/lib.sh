# What the scripts share. Source it from bash: root (the checkout), cache (kept between runs, ignored by git), and a few words.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache
bin=$cache/bin

say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
as_root() { [ "$(id -u)" = 0 ]; }

# pg_bin prints the folder of the newest PostgreSQL (15 or later) that is installed, unpacked, or on the path.
pg_bin() {
  local dir version best= best_version=14
  for dir in "$cache"/debs/usr/lib/postgresql/*/bin /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /none/x)")"; do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
    version=$(LD_LIBRARY_PATH=$(libraries "$dir") "$dir/postgres" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "${version:-0}" -gt "$best_version" ] && best=$dir best_version=$version
  done
  [ -n "$best" ] && printf '%s\n' "$best"
}

# browser_bin prints the Chromium (or Chrome) that tests may drive. The unpacked one is a wrapper that browser_unpacked writes.
browser_bin() {
  local name path
  for name in chromium chromium-browser google-chrome; do
    path=$(command -v "$name") && [ -x "$path" ] && printf '%s\n' "$path" && return
  done
  [ -x "$bin/chromium" ] && printf '%s\n' "$bin/chromium"
}

# japanese_font is true when some font has Japanese characters, or when we unpacked one.
japanese_font() {
  if have fc-list && [ -n "$(fc-list :lang=ja 2>/dev/null | head -n 1)" ]; then return 0; fi
  [ -n "$(find "$cache/debs/usr/share/fonts" /usr/share/fonts -iname '*cjk*' -o -iname '*bizud*' 2>/dev/null | head -n 1)" ]
}

# libraries prints the search path that a program in that folder needs: ours for what was unpacked, none for the system's.
libraries() {
  case $1 in
  "$cache"/*) unpacked_libraries ;;
  esac
}

unpacked_libraries() {
  local d list=
  for d in "$cache"/debs/usr/lib/*-linux-gnu "$cache"/debs/lib/*-linux-gnu "$cache"/debs/usr/lib/*-linux-gnu/*; do
    [ -d "$d" ] && list=$list${list:+:}$d
  done
  printf '%s\n' "$list"
}
