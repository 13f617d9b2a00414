-- The tax inside a total, the rate in basis points, rounded half up. As core/money.tax_inside.
CREATE OR REPLACE FUNCTION tax_inside(total BIGINT, rate INTEGER) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (2 * total * rate + 10000 + rate) / (2 * (10000 + rate))
$$;
