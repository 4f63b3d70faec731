# A throw-away PostgreSQL for the tests: a cluster of its own in a temporary folder, on a unix socket and a free port of
# 127.0.0.1, fsync on, everyone on the machine's loopback trusted. Source it from bash after lib.sh; call pg_start, pg_stop.
#
# It does not outlive its caller: pg_stop ends it, and where the kernel allows it ends when the caller is killed.
pg_home=
pg_pid=

# pg_user prints who runs the server: initdb refuses root.
pg_user() {
  local name
  for name in postgres nobody; do
    getent passwd "$name" >/dev/null && printf '%s\n' "$name" && return
  done
}

# pg_run runs a program of PostgreSQL's as that user, in this process's place (so that its id is the job's id).
pg_run() {
  local who=() libs program=$1
  shift
  if as_root; then
    who=(setpriv --reuid "$(pg_user)" --regid "$(id -g "$(pg_user)")" --clear-groups)
  fi
  if have setpriv && setpriv --help 2>&1 | grep -q pdeathsig; then
    who=("${who[@]:-setpriv}" --pdeathsig INT)
  fi
  libs=$(libraries "$pg_dir")
  # The C locale, so that both the engine's messages and its order of text are the same everywhere.
  exec env ${libs:+LD_LIBRARY_PATH="$libs"} LC_ALL=C "${who[@]:-env}" "$pg_dir/$program" "$@"
}

pg_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000)) # below the range that the kernel hands out
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port" && return; }
  done
}

# pg_start sets NOREN_TEST_POSTGRES to a superuser's URL. An URL that is set already is left alone. False: no PostgreSQL.
pg_start() {
  local port attempt
  if [ -n "${NOREN_TEST_POSTGRES:-}" ]; then
    say "Using the PostgreSQL that NOREN_TEST_POSTGRES names."
    return 0
  fi
  pg_dir=$(pg_bin)
  [ -n "$pg_dir" ] || return 1
  pg_home=$(mktemp -d "${TMPDIR:-/tmp}/noren-pg.XXXXXX") || return 1
  if as_root; then chown "$(pg_user)" "$pg_home" || return 1; fi
  chmod 711 "$pg_home" # tests may use the socket
  (cd "$pg_home" && pg_run initdb -D "$pg_home/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync) \
    >"$pg_home/initdb.log" 2>&1 || { tail -n 3 "$pg_home/initdb.log"; return 1; }
  for attempt in 1 2 3; do
    port=$(pg_port)
    (cd "$pg_home" && pg_run postgres -D "$pg_home/data" -k "$pg_home" -h 127.0.0.1 -p "$port" -c fsync=on \
      -c synchronous_commit=on -c max_connections=300 -c shared_buffers=256MB -c max_prepared_transactions=20 \
      -c log_min_messages=warning) >"$pg_home/server.log" 2>&1 &
    pg_pid=$!
    if pg_wait "$port"; then
      export NOREN_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
      say "PostgreSQL $(cat "$pg_home/data/PG_VERSION") runs on 127.0.0.1:$port, in $pg_home."
      return 0
    fi
    wait "$pg_pid" 2>/dev/null
  done
  tail -n 3 "$pg_home/server.log"
  pg_pid=
  return 1
}

# pg_wait waits until the server says that it is ready, or has ended.
pg_wait() {
  local i
  for ((i = 0; i < 300; i++)); do
    kill -0 "$pg_pid" 2>/dev/null || return 1
    (cd "$pg_home" && pg_run pg_isready -q -h 127.0.0.1 -p "$1" -U postgres) >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  kill -QUIT "$pg_pid" 2>/dev/null
  return 1
}

pg_stop() {
  if [ -n "$pg_pid" ]; then
    kill -INT "$pg_pid" 2>/dev/null # its "fast" shutdown
    wait "$pg_pid" 2>/dev/null
    pg_pid=
  fi
  [ -n "$pg_home" ] && rm -rf "$pg_home"
  pg_home=
}
