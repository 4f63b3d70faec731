#!/usr/bin/env bash
# Makes sure that what the tests need is there: PostgreSQL 15, Chromium, a Japanese font, git. Only what is missing is
# fetched, from Debian's packages: installed as root, else unpacked below .cache/debs, which needs no rights.
# What could not be had is said, and the tests that need it are then skipped, by name. Never fails for it.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

missing() {
  [ -n "$(pg_bin)" ] || echo postgresql-15
  [ -n "$(browser_bin)" ] || echo chromium
  japanese_font || echo fonts-morisawa-bizud-gothic
  have git || echo git
}

install_debs() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update || return
  case " $* " in
  *" postgresql-15 "*) # the package would start a server of its own on the machine: it is not ours to start
    if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
      apt-get -q install -y --no-install-recommends postgresql-common || return
      sed -i 's/^#* *create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    fi ;;
  esac
  apt-get -q install -y --no-install-recommends "$@"
}

# unpack_debs keeps its own package lists, so that it neither needs rights nor changes the machine's.
unpack_debs() {
  local lists=$cache/apt list
  mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial" "$cache/archives" "$cache/debs"
  local apt=(-o "Dir::State=$lists/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$lists/cache"
    -o Debug::NoLocking=true -o APT::Sandbox::User=)
  apt-get -q "${apt[@]}" update || return
  # The resolver names exactly what is not installed yet, as root's installation would fetch it.
  list=$(apt-get "${apt[@]}" -s --no-install-recommends install "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p') || return
  [ -n "$list" ] || return
  # shellcheck disable=SC2086 # one word per package
  (cd "$cache/archives" && apt-get -q "${apt[@]}" download $list) || return
  for deb in "$cache"/archives/*.deb; do
    dpkg-deb -x "$deb" "$cache/debs" || return
  done
  rm -rf "$cache/archives"
}

# browser_unpacked writes a wrapper for an unpacked Chromium: its libraries, and a font configuration that sees our fonts.
browser_unpacked() {
  local program=$cache/debs/usr/lib/chromium/chromium
  [ -x "$program" ] || return 0
  mkdir -p "$bin" "$cache/fontconfig"
  cat >"$cache/fontconfig/fonts.conf" <<XML
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>$cache/debs/usr/share/fonts</dir><cachedir>$cache/fontconfig</cachedir></fontconfig>
XML
  cat >"$bin/chromium" <<SH
#!/bin/sh
LD_LIBRARY_PATH='$(unpacked_libraries)' FONTCONFIG_FILE='$cache/fontconfig/fonts.conf' exec '$program' "\$@"
SH
  chmod +x "$bin/chromium"
}

# shellcheck disable=SC2207 # names without spaces
want=($(missing))
if [ ${#want[@]} -gt 0 ]; then
  say "Fetching what is missing from Debian's packages: ${want[*]}"
  mkdir -p "$cache"
  if ! have apt-get; then
    say "This system has no apt-get."
  elif as_root; then
    install_debs "${want[@]}" >"$cache/prepare.log" 2>&1
  else
    unpack_debs "${want[@]}" >"$cache/prepare.log" 2>&1
    browser_unpacked
  fi
fi
# shellcheck disable=SC2207
left=($(missing))
if [ ${#left[@]} -gt 0 ]; then
  say "Could not get: ${left[*]}. Tests that need it are skipped. The last lines of .cache/prepare.log:"
  tail -n 5 "$cache/prepare.log" 2>/dev/null
fi
exit 0
