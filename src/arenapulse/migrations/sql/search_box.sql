-- Two corners between which a circle lies; NULL where there is none, or where a pole or the date line is near.
CREATE OR REPLACE FUNCTION search_box(lat FLOAT8, lng FLOAT8, radius_km FLOAT8) RETURNS BOX
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN abs(lat) + high < 85 AND abs(lng) + wide < 180
      THEN box(point(lng + wide, lat + high), point(lng - wide, lat - high)) END
    FROM (SELECT radius_km / 111.0 + 0.1) a(high),
      LATERAL (SELECT high / cosd(least(85, abs(lat) + high))) b(wide)
$$;
