export type Direction = "left" | "right" | "up" | "down";

export const DIRECTIONS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const WAYS: Record<Direction, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};
// Beside the way costs more than along it, and more than so far beside is another direction.
const BESIDE_COST = 2.2;
const BESIDE_MOST = 1.75;

/** The nearest of some places in a direction from one of them, by number; undefined where there is none. */
export function towards(
  direction: Direction,
  from: readonly [number, number],
  places: Iterable<readonly [number, number, number]>,
): number | undefined {
  const [wx, wy] = WAYS[direction];
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [x, y, n] of places) {
    const [dx, dy] = [x - from[0], y - from[1]];
    const along = dx * wx + dy * wy;
    const beside = Math.abs(dx * wy - dy * wx);
    if (along <= 1e-6 || beside > along * BESIDE_MOST) continue;
    const cost = along + beside * BESIDE_COST;
    if (cost >= least) continue;
    least = cost;
    best = n;
  }
  return best;
}
