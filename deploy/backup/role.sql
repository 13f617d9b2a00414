-- Who makes the backups: reads WAL and settings, and writes nothing of ours but that one was made. Give it a password, or a
-- certificate. In ArenaPulse's own database, after `arenapulse migrate`.
CREATE ROLE barman LOGIN REPLICATION PASSWORD :'password';
GRANT pg_read_all_settings, pg_read_all_stats, pg_checkpoint TO barman;
GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), pg_backup_stop(boolean), pg_switch_wal(),
  pg_create_restore_point(text) TO barman;
GRANT INSERT (name) ON backups TO barman;
