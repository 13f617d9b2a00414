/** The wire form of a chart's seats; docs/reference/chart.md tells it, chart-vector.json holds it. */
export interface PackedSeats {
  count: number;
  left: number;
  top: number;
  scale: number;
  x: string;
  y: string;
}

/**
 * The places of all seats of the house, x and y by turns: seat n of the house is at 2n and 2n + 1.
 * A section's first seat is its `first`; its seats are in the order of the packed states.
 */
export function placesOf(seats: PackedSeats): Float32Array {
  const { count, left, top, scale } = seats;
  const places = new Float32Array(2 * count);
  unpack(seats.x, { into: places, from: 0, start: left, scale });
  unpack(seats.y, { into: places, from: 1, start: top, scale });
  return places;
}

/** The number that stands on seat n of a row, which every order calls n. */
export function printedNumber(n: number, numbering?: { start?: number; step?: number }): number {
  return (numbering?.start ?? 1) + (n - 1) * (numbering?.step ?? 1);
}

interface Target {
  into: Float32Array;
  from: 0 | 1;
  start: number;
  scale: number;
}

/** Steps of 16 bits, the lowest byte first, each added to what was before. */
function unpack(packed: string, { into, from, start, scale }: Target): void {
  const bytes = atob(packed);
  if (bytes.length !== into.length) throw new RangeError("a chart's seats are not complete");
  let at = 0;
  for (let n = 0; n < bytes.length; n += 2) {
    at = (at + bytes.charCodeAt(n) + (bytes.charCodeAt(n + 1) << 8)) & 0xffff;
    into[n + from] = start + at * scale;
  }
}
