"""The index of search: a document for each public event and venue, and how words are spelled."""

from arenapulse.migrations.script import make_due, run

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run(
        """
        CREATE TABLE search_documents (
          id UUID PRIMARY KEY,
          kind TEXT NOT NULL CHECK (kind IN ('event', 'venue')),
          -- Of the event or venue that it says; `revision` rises with each writing.
          version INTEGER NOT NULL,
          revision BIGINT NOT NULL,
          -- A document of what is gone stays until a cluster has heard of it.
          is_gone BOOLEAN NOT NULL DEFAULT FALSE,
          name TEXT NOT NULL,
          name_key TEXT COLLATE "C" NOT NULL,
          description TEXT NOT NULL,
          venue_id UUID NOT NULL,
          venue_name TEXT NOT NULL,
          city TEXT NOT NULL,
          country TEXT NOT NULL,
          amenities TEXT[] NOT NULL,
          spot POINT NOT NULL,
          status TEXT,
          start_time TIMESTAMPTZ,
          end_time TIMESTAMPTZ,
          month TEXT,
          price_from BIGINT,
          currency TEXT,
          words TSVECTOR NOT NULL
        ) WITH (fillfactor = 80);
        CREATE SEQUENCE search_revision OWNED BY search_documents.revision;
        CREATE INDEX idx_search_documents_words ON search_documents USING gin (words)
          WITH (fastupdate = off);
        CREATE INDEX idx_search_documents_spot ON search_documents USING gist (spot);
        CREATE INDEX idx_search_documents_start_time ON search_documents (start_time, id)
          WHERE NOT is_gone;
        CREATE INDEX idx_search_documents_price_from ON search_documents (price_from, id)
          WHERE NOT is_gone;
        CREATE INDEX idx_search_documents_name_key ON search_documents (name_key);
        CREATE INDEX idx_search_documents_kind ON search_documents (kind, id);

        -- What stands in names and places; a stem has no pieces.
        CREATE TABLE search_words (word TEXT COLLATE "C" PRIMARY KEY);
        CREATE TABLE search_pieces (
          piece TEXT COLLATE "C" NOT NULL,
          word TEXT COLLATE "C" NOT NULL,
          PRIMARY KEY (piece, word)
        );

        -- Selling flips events between ON_SALE and SOLD_OUT by itself, and records no fact of it.
        CREATE FUNCTION search_note_flip() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO pgqueuer (priority, status, entrypoint, payload)
          VALUES (0, 'queued', 'search.index_event',
                  convert_to(json_build_object('event_id', NEW.id)::TEXT, 'UTF8'));
          RETURN NULL;
        END $$;
        CREATE TRIGGER search_note_flip AFTER UPDATE OF status ON events FOR EACH ROW
          WHEN (OLD.status = 'ON_SALE' AND NEW.status = 'SOLD_OUT'
                OR OLD.status = 'SOLD_OUT' AND NEW.status = 'ON_SALE')
          EXECUTE FUNCTION search_note_flip();
        """
    )
    make_due("search_documents")
