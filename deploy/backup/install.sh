#!/usr/bin/env bash
# install.sh FOLDER: Barman in an environment of its own; beside it go Debian's gnupg, rsync and file, and PostgreSQL's own clients.
set -euo pipefail
test -x "$1/bin/barman" && exit 0
python3 -m venv "$1"
"$1/bin/pip" install -q --disable-pip-version-check --no-deps barman==3.19.1 psycopg2-binary==2.9.13 \
  python-dateutil==2.9.0.post0 six==1.17.0
