"""Rehearsals of on-sales: what was asked for, how it went; the shadow they are played on."""

from arenapulse.migrations.script import run, run_function

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    run(
        """
        CREATE TABLE rehearsals (
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
          organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
          -- No foreign key: the report outlives the account.
          asked_by UUID NOT NULL,
          people INTEGER NOT NULL CHECK (people > 0),
          seconds INTEGER NOT NULL CHECK (seconds > 0),
          admit_per_minute INTEGER CHECK (admit_per_minute > 0),
          status TEXT NOT NULL CHECK (status IN ('WAITING', 'RUNNING', 'DONE', 'FAILED')),
          created_at TIMESTAMPTZ NOT NULL,
          started_at TIMESTAMPTZ,
          ended_at TIMESTAMPTZ,
          why TEXT,
          report JSONB,
          CONSTRAINT done_has_a_report CHECK ((status = 'DONE') = (report IS NOT NULL))
        );
        CREATE INDEX idx_rehearsals_event_id ON rehearsals (event_id, created_at DESC);
        -- One at a time, over all organizations: they load the database that sells.
        CREATE UNIQUE INDEX idx_rehearsals_one ON rehearsals ((TRUE))
          WHERE status IN ('WAITING', 'RUNNING');
        -- A new schema has every statement planned anew, and what code of before calls would then
        -- fit two forms of a function: the one with defaults takes it, and does the same.
        DO $$ DECLARE form REGPROCEDURE; BEGIN
          FOR form IN SELECT DISTINCT a.oid
            FROM pg_proc a JOIN pg_proc b USING (proname, pronamespace)
            WHERE a.pronamespace = 'public'::regnamespace AND b.pronargs > a.pronargs
              AND b.pronargs - b.pronargdefaults <= a.pronargs
              AND array_to_string((b.proargtypes::OID[])[0:a.pronargs - 1], ' ')
                = array_to_string(a.proargtypes::OID[], ' ')
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = a.oid AND d.deptype = 'e')
          LOOP EXECUTE format('DROP FUNCTION %s', form); END LOOP;
        END $$;
        CREATE SCHEMA rehearsal;
        """
    )
    run_function("make_shadow")
