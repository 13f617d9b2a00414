#!/usr/bin/env bash
# Runs back-end tests on Debian's PostgreSQL 15 and Redis 7 instead of the embedded engines:
#   apt-get install -y postgresql redis-server
#   tools/test-on-debian.sh [what pytest takes; without any: all that it can]
# The engines are processes of this script alone, in a temporary folder, on free ports of loopback;
# whatever the system runs itself is left alone. PYTHON says which Python has the packages.
set -euo pipefail
cd "$(dirname "$0")/.."

postgres_bin="${POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}"
redis="$(command -v redis-server || true)"
if [ ! -x "$postgres_bin/initdb" ] || [ -z "$redis" ]; then
  echo 'Missing: apt-get install -y postgresql redis-server' >&2
  exit 2
fi
python="${PYTHON:-.venv/bin/python}"
free_port='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'

folder="$(mktemp -d /tmp/arenapulse-debian-XXXXXX)"
redis_pid=''
# PostgreSQL refuses to run as root.
as_owner=()
if [ "$(id -u)" = 0 ]; then
  as_owner=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
  chown postgres:postgres "$folder"
fi

finish() {
  [ -z "$redis_pid" ] || kill "$redis_pid" 2>/dev/null || true
  "${as_owner[@]}" "$postgres_bin/pg_ctl" -D "$folder/data" -m immediate -s stop 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

postgres_port="$("$python" -c "$free_port")"
redis_port="$("$python" -c "$free_port")"
"${as_owner[@]}" env LC_ALL=C.UTF-8 "$postgres_bin/initdb" -D "$folder/data" -U arenapulse \
  --auth=trust --encoding=UTF8 >/dev/null
"${as_owner[@]}" "$postgres_bin/pg_ctl" -D "$folder/data" -l "$folder/log" -s -w -o \
  "-p $postgres_port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=200" \
  start
"$redis" --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --daemonize no \
  --dir "$folder" >/dev/null &
redis_pid=$!
for _ in $(seq 100); do
  redis-cli -p "$redis_port" ping >/dev/null 2>&1 && break
  sleep 0.1
done

export DATABASE_URL="postgresql://arenapulse@127.0.0.1:$postgres_port/postgres"
export REDIS_URL="redis://127.0.0.1:$redis_port/0"
echo "· $("$postgres_bin/postgres" --version), $("$redis" --version | cut -d' ' -f1-3)"
if [ $# -eq 0 ]; then
  echo '· left out: tests/engines (about the embedded engines themselves), tests/e2e (a browser)'
  set -- tests --ignore=tests/engines --ignore=tests/e2e -n 2 --dist loadfile
fi
"$python" -m pytest "$@"
