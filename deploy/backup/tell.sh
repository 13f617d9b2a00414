#!/usr/bin/env bash
# tell.sh CONNINFO: Barman's post_backup_script. One row in the database's `backups` for each that was made; of one that failed none.
set -euo pipefail
[ -z "${BARMAN_ERROR:-}" ] || exit 0
psql -X -q -v ON_ERROR_STOP=1 -v name="$BARMAN_SERVER $BARMAN_BACKUP_ID" "$1" <<<"INSERT INTO backups (name) VALUES (:'name')"
