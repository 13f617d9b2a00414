-- The tables of moves of orders/lifecycle.py and payments/lifecycle.py, for the functions that move:
-- a test compares them. Planned into the statements that ask, so they cost a comparison.
CREATE OR REPLACE FUNCTION may_move(before order_status, after order_status) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT after = ANY (CASE before
    WHEN 'PENDING' THEN '{CONFIRMED, CANCELLED, EXPIRED}'::order_status[]
    WHEN 'CONFIRMED' THEN '{CANCELLED, PARTIALLY_REFUNDED, REFUNDED}'
    WHEN 'PARTIALLY_REFUNDED' THEN '{PARTIALLY_REFUNDED, REFUNDED}'
    WHEN 'REFUNDED' THEN '{REFUNDED}'
    ELSE '{}' END)
$$;
CREATE OR REPLACE FUNCTION may_move(before payment_status, after payment_status) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT after = ANY (CASE before
    WHEN 'PENDING' THEN '{PROCESSING, SUCCEEDED, FAILED}'::payment_status[]
    WHEN 'PROCESSING' THEN '{REQUIRES_ACTION, SUCCEEDED, FAILED}'
    WHEN 'REQUIRES_ACTION' THEN '{REQUIRES_ACTION, SUCCEEDED, FAILED}'
    WHEN 'RETRYING' THEN '{REQUIRES_ACTION, SUCCEEDED, FAILED}'
    WHEN 'FAILED' THEN '{PROCESSING}'
    WHEN 'SUCCEEDED' THEN '{REFUNDED}'
    WHEN 'REFUNDED' THEN '{REFUNDED}'
    ELSE '{}' END)
$$;
CREATE OR REPLACE FUNCTION may_move(before ticket_status, after ticket_status) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT after = ANY (CASE before
    WHEN 'RESERVED' THEN '{VALID, VOID}'::ticket_status[]
    WHEN 'VALID' THEN '{CHECKED_IN, TRANSFERRED, VOID}'
    WHEN 'CHECKED_IN' THEN '{VOID}'
    ELSE '{}' END)
$$;
CREATE OR REPLACE FUNCTION may_move(before charge_status, after charge_status) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT after = ANY (CASE before
    WHEN 'DUE' THEN '{PROCESSING}'::charge_status[]
    WHEN 'PROCESSING' THEN '{REQUIRES_ACTION, CAPTURING, CANCELLING, DECLINED, CANCELLED}'
    WHEN 'REQUIRES_ACTION' THEN '{CAPTURING, CANCELLING, DECLINED, CANCELLED}'
    WHEN 'CAPTURING' THEN '{SUCCEEDED, OWED}'
    WHEN 'CANCELLING' THEN '{CANCELLED}'
    ELSE '{}' END)
$$;
CREATE OR REPLACE FUNCTION may_move(before refund_status, after refund_status) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT after = ANY (CASE before
    WHEN 'PENDING' THEN '{SUCCEEDED, FAILED}'::refund_status[]
    ELSE '{}' END)
$$;
-- A payment in these nobody takes the places from, and its hold does not run out.
CREATE OR REPLACE FUNCTION in_flight(payment payment_status) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT payment IN ('PROCESSING', 'REQUIRES_ACTION', 'RETRYING')
$$;
