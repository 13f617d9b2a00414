"""The audit log: from where, by what, for whom; only added to, and chained."""

from arenapulse.migrations.script import run

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    run(
        """
        ALTER TABLE audit_log
          ADD COLUMN organization_id UUID,
          ADD COLUMN session_id UUID,
          ADD COLUMN key_id UUID,
          ADD COLUMN address TEXT,
          ADD COLUMN request_id TEXT;
        CREATE INDEX idx_audit_log_organization_id ON audit_log (organization_id, id DESC)
          WHERE organization_id IS NOT NULL;

        -- A row's seal is the hash of the seal before it and of the row: who changes or cuts one
        -- changes all that follow. Sealed in the order in which rows are seen, a moment later, so
        -- that nobody's transaction waits for another's.
        CREATE TABLE audit_seals (
          number BIGINT PRIMARY KEY,
          row_id BIGINT NOT NULL UNIQUE,
          hash BYTEA NOT NULL
        );

        CREATE FUNCTION audit_text(a audit_log) RETURNS TEXT LANGUAGE sql STABLE AS $$
          SELECT jsonb_build_array(a.id,
            to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), a.actor_id, a.action,
            a.subject_id, a.details, a.organization_id, a.session_id, a.key_id, a.address,
            a.request_id)::TEXT
        $$;

        CREATE FUNCTION seal_audit(p_max INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
        DECLARE
          line audit_log;
          last_number BIGINT := 0; last_hash BYTEA := ''; newest BIGINT := 0; sealed INTEGER := 0;
        BEGIN
          IF NOT pg_try_advisory_xact_lock(hashtextextended('audit seals', 0)) THEN
            RETURN 0;
          END IF;
          SELECT s.number, s.hash INTO last_number, last_hash
            FROM audit_seals s ORDER BY s.number DESC LIMIT 1;
          SELECT coalesce(max(s.row_id), 0) INTO newest FROM audit_seals s;
          last_number := coalesce(last_number, 0); last_hash := coalesce(last_hash, '');
          -- A transaction that took its id early may commit late: it is looked for that far back.
          FOR line IN
            SELECT a.* FROM audit_log a WHERE a.id > newest - 10000
              AND NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.row_id = a.id)
              ORDER BY a.id LIMIT p_max
          LOOP
            last_number := last_number + 1;
            last_hash := sha256(last_hash || convert_to(audit_text(line), 'UTF8'));
            INSERT INTO audit_seals (number, row_id, hash)
              VALUES (last_number, line.id, last_hash);
            sealed := sealed + 1;
          END LOOP;
          RETURN sealed;
        END $$;

        CREATE FUNCTION refuse_audit_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
        CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
        """
    )
