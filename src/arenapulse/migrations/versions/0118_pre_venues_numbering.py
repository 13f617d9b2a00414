"""Venues tell what stands on the seats of rows that a chart numbers."""

from arenapulse.migrations.script import run

revision = "0118"
down_revision = "0117"

TELL = """
UPDATE venues SET sections = told.sections
  FROM (
    SELECT v.id, jsonb_agg(
        CASE WHEN jsonb_typeof(s.section -> 'rows') = 'array'
          THEN jsonb_set(s.section, '{rows}', (
            SELECT coalesce(jsonb_agg(
                CASE WHEN coalesce((n.numbering ->> 'start')::INTEGER, 1) <> 1
                       OR coalesce((n.numbering ->> 'step')::INTEGER, 1) <> 1
                  THEN r.item || jsonb_build_object('numbering', n.numbering - 'backwards')
                  ELSE r.item
                END ORDER BY r.place), '[]')
              FROM jsonb_array_elements(s.section -> 'rows') WITH ORDINALITY r(item, place)
              LEFT JOIN LATERAL (
                SELECT c.geometry -> 'parts' -> (s.section ->> 'id') -> 'rows'
                  -> (r.place - 1)::INTEGER -> 'numbering' AS numbering
              ) n ON TRUE))
          ELSE s.section
        END ORDER BY s.place) AS sections
      FROM venues v
      JOIN venue_charts c ON c.id = v.chart_id
      CROSS JOIN jsonb_array_elements(v.sections) WITH ORDINALITY s(section, place)
      WHERE c.geometry::TEXT LIKE '%"numbering"%'
      GROUP BY v.id
  ) told
  WHERE told.id = venues.id
"""


def upgrade() -> None:
    run(TELL)
