#!/usr/bin/env bash
# Prints the path of a Python that can make virtual environments, or says what to install.
set -euo pipefail

is_new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
  path="$(command -v "$name" || true)"
  if [ -z "$path" ] || ! "$path" -c "$is_new_enough" 2>/dev/null; then
    continue
  fi
  # The interpreter itself: a virtual environment that happens to be active may go away.
  path="$("$path" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')"
  if ! "$path" -c 'import venv, ensurepip' 2>/dev/null; then
    version="$("$path" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    echo "Python $version cannot make virtual environments: apt-get install python3-venv" \
      "(or python$version-venv)" >&2
    exit 1
  fi
  echo "$path"
  exit 0
done
echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2
exit 1
