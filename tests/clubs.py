"""Organizations with a row in each walled table."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from arenapulse.core.settings import Settings
from tests.worlds import Fan, World, make_fans, make_world


@dataclass(frozen=True)
class Club:
    world: World
    owner: Fan
    buyer: Fan


async def make_club(db: asyncpg.Connection, settings: Settings) -> Club:
    """An organization with a row of its own in each walled table."""
    world = await make_world(db, settings)
    (owner,), (buyer,) = await make_fans(db, world, 1, role="OWNER"), await make_fans(db, world, 1)
    order = UUID(int=uuid4().int >> 12 << 12)
    names = {
        "org": world.organization_id,
        "event": world.event_id,
        "order": order,
        "buyer": buyer.user_id,
        "owner": owner.user_id,
        "a": uuid4(),
        "b": uuid4(),
        "word": str(uuid4()),
    }
    for statement in _FURNITURE.split(";"):
        used = [name for name in names if f":{name}:" in statement]
        for place, name in enumerate(used, 1):
            statement = statement.replace(f":{name}:", f"${place}")  # noqa: PLW2901
        await db.execute(statement, *(names[name] for name in used))
    return Club(world, owner, buyer)


_FURNITURE = """
INSERT INTO orders (id, event_id, user_id, created_at, expires_at, subtotal, fees, tax,
  total, tax_rate, hold_seconds, status, payment_status, placed_status, placed_payment_status,
  payment_method, currency, request_hash) VALUES (:order:, :event:, :buyer:, now(), now(),
  100, 0, 0, 100, 0, 60, 'CONFIRMED', 'SUCCEEDED', 'PENDING', 'PENDING', 'card', 'EUR', 1);
INSERT INTO tickets (order_id, number, event_id, section_id, price_level, amount, fee, status)
  VALUES (:order:, 1, :event:, :a:, 'STANDARD', 100, 0, 'CHECKED_IN');
INSERT INTO checkins (event_id, client_id, sequence, order_id, number, result, gate, device_id,
  actor_id, scanned_at, recorded_at, is_offline) VALUES (:event:, 'c', 1, :order:, 1, 'ADMITTED',
  'g', 'd', :owner:, now(), now(), FALSE);
INSERT INTO ticket_answers (id, event_id, organization_id, sealed, answered_at)
  SELECT overlay(o.id::TEXT PLACING '001' FROM 34)::UUID, :event:, :org:, '', now()
    FROM orders o WHERE o.id = :order:;
INSERT INTO presences (event_id, order_id, number, is_inside, gate, device_id, changed_at)
  VALUES (:event:, :order:, 1, TRUE, 'g', 'd', now());
INSERT INTO ticket_transfers (id, order_id, number, event_id, giver_id, email, token_hash,
  created_at, expires_at) VALUES (:a:, :order:, 1, :event:, :buyer:, 'friend@fans.test',
  sha256(:word:::TEXT::BYTEA), now(), now() + INTERVAL '1 day');
INSERT INTO charges (order_id, attempt, organization_id, amount, currency, token, status,
  created_at) VALUES (:order:, 1, :org:, 100, 'EUR', 'tok', 'SUCCEEDED', now());
INSERT INTO refunds (id, organization_id, order_id, attempt, amount, currency, reason,
  numbers, status, created_at, updated_at) VALUES (:a:, :org:, :order:, 1, 10, 'EUR', 'x',
  '{1}', 'SUCCEEDED', now(), now());
INSERT INTO refund_tickets (order_id, number, refund_id) VALUES (:order:, 1, :a:);
INSERT INTO api_keys (id, organization_id, name, role, prefix, key_hash, signing_secret,
  made_by, created_at) VALUES (:a:, :org:, 'k', 'STAFF', 'ap_', sha256(:word:::TEXT::BYTEA),
  's', :owner:, now());
INSERT INTO webhook_endpoints (id, organization_id, url, events, secret, made_by,
  created_at) VALUES (:a:, :org:, 'https://a.test', '{order.confirmed}', 's', :owner:, now());
INSERT INTO webhook_deliveries (id, endpoint_id, organization_id, key, type, body, status,
  created_at) VALUES (:b:, :a:, :a:, 'k', 't', '{}', 'DELIVERED', now());
INSERT INTO gate_devices (id, event_id, organization_id, name, secret_hash, made_by,
  created_at, expires_at) VALUES (:a:, :event:, :org:, 'd', sha256(:word:::TEXT::BYTEA),
  :owner:, now(), now());
INSERT INTO campaigns (id, event_id, organization_id, template, content, segment, channels,
  per_minute, people, emails, texts, asked_by, created_at) VALUES (:a:, :event:, :org:, 't',
  '{}', '{}', '{EMAIL}', 1, 1, 1, 0, :owner:, now());
INSERT INTO disputes (id, order_id, attempt, organization_id, event_id, amount, currency,
  reason, status, opened_at, updated_at) VALUES (:word:, :order:, 1, :org:, :event:, 1, 'EUR',
  'x', 'OPEN', now(), now());
INSERT INTO payouts (id, amount, currency, status, is_automatic, created_at, arrives_at)
  VALUES (:word:, 1, 'EUR', 'paid', TRUE, now(), now());
INSERT INTO payout_shares (organization_id, payout_id, gross, fees, payments, created_at)
  VALUES (:org:, :word:, 1, 0, 1, now());
INSERT INTO payment_wishes (organization_id) VALUES (:org:);
SELECT issue_invoice(:order:, NULL, 'INVOICE', 100, 0, now());
INSERT INTO invitations (id, organization_id, email, role, token_hash, invited_by,
  created_at, expires_at) VALUES (:a:, :org:, 'new@fans.test', 'STAFF',
  sha256(:word:::TEXT::BYTEA), :owner:, now(), now() + INTERVAL '1 day');
INSERT INTO messages (id, key, channel, template, locale, recipient, name, user_id,
  organization_id, priority, content, due_at, created_at, updated_at) VALUES (:a:, :word:,
  'EMAIL', 't', 'en', 'x@fans.test', 'x', :buyer:, :org:, 1, '{}', now(), now(), now());
INSERT INTO audit_log (action, subject_id, details, organization_id) VALUES ('wall.test',
  :a:, '{}', :org:);
INSERT INTO order_notes (id, order_id, by, text, at) VALUES (:a:, :order:, :owner:, 'n',
  now());
INSERT INTO wait_list (id, event_id, organization_id, user_id, quantity, status, joined_at)
  VALUES (:a:, :event:, :org:, :buyer:, 1, 'LEFT', now());
INSERT INTO pass_certificates (organization_id, sealed, changed_at) VALUES (:org:, 's', now());
INSERT INTO promo_codes (id, event_id, code, code_key, kind, value)
  VALUES (:a:, :event:, 'SPRING', 'spring', 'PERCENT', 10);
INSERT INTO promo_people (promo_id, person_id, uses) VALUES (:a:, :buyer:, 1);
INSERT INTO rehearsals (id, event_id, organization_id, asked_by, people, seconds, status,
  created_at, ended_at, why) VALUES (:a:, :event:, :org:, :owner:, 10, 10, 'FAILED', now(), now(),
  'x');
INSERT INTO analytics_totals (event_id, type, count, sessions) VALUES (:event:, 'view', 1, 1);
INSERT INTO analytics_minutes (event_id, type, minute, count, sessions)
  VALUES (:event:, 'view', date_trunc('minute', now()), 1, 1);
INSERT INTO analytics_sessions (event_id, type, session, first_at)
  VALUES (:event:, 'view', 1, now());
INSERT INTO analytics_sources (event_id, session, source, at) VALUES (:event:, 1, 'poster', now());
INSERT INTO analytics_orders (event_id, order_id, session, at)
  VALUES (:event:, :order:, 1, now());
INSERT INTO template_overrides (organization_id, template, locale, version, subject, is_active,
  created_at) VALUES (:org:, 'receipt', 'en', 1, 'Ours', TRUE, now());
INSERT INTO order_activity (order_id, fact_id, at, kind, numbers) VALUES (:order:, :a:,
  now(), 'PLACED', '{}')
"""
