// The orphan rule: nobody should leave a single free seat that nobody else will want. The same rule
// stands in src/arenapulse/inventory/orphans.py; orphan-vectors.json holds both to it.

export interface Orphans {
  /** Seats that the choice leaves single; those that were single before do not count. */
  left: number[];
  /** Those of them where as many seats could have been taken without leaving one. */
  avoidable: number[];
}

/** What taking these seats (numbers from 1) leaves behind; `row` is a letter a seat, F is free. */
export function orphans(row: string, taking: readonly number[]): Orphans {
  const chosen = new Set(taking);
  const found: Orphans = { left: [], avoidable: [] };
  for (const stretch of row.matchAll(/F+/g)) {
    const first = stretch.index + 1;
    const seats = Array.from(stretch[0], (_, n) => first + n);
    const rest = new Set(seats.filter((seat) => !chosen.has(seat)));
    // A stretch of one was single before; where one seat is left over, any choice leaves it.
    if (seats.length === 1) continue;
    const left = [...rest].filter((seat) => !rest.has(seat - 1) && !rest.has(seat + 1));
    found.left.push(...left);
    if (rest.size > 1) found.avoidable.push(...left);
  }
  return found;
}
