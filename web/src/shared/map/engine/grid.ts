import type { Box } from "./scene";

const AT_ONCE = 64;

/** Cell n has the seats `order[starts[n]]` to `order[starts[n + 1] - 1]`. */
interface Sorted {
  starts: Uint32Array;
  order: Uint32Array;
}

/** Where seats lie, by squares: who looks at a part of the house asks that part alone. */
export class SeatGrid {
  private readonly left: number;
  private readonly top: number;
  private readonly columns: number;
  private readonly lines: number;
  private readonly cell: number;
  private readonly places: Float32Array;
  private sorted: Sorted | undefined;

  constructor(places: Float32Array, { bounds, cell }: { bounds: Box; cell: number }) {
    this.places = places;
    this.cell = cell;
    this.left = bounds.left;
    this.top = bounds.top;
    this.columns = Math.max(1, Math.ceil((bounds.right - bounds.left) / cell));
    this.lines = Math.max(1, Math.ceil((bounds.bottom - bounds.top) / cell));
  }

  /** Sorts the seats into their cells, once; whoever asks before it was said waits for it. */
  sort = (): Sorted => {
    this.sorted ??= this.sortedOut();
    return this.sorted;
  };

  private sortedOut(): Sorted {
    const count = this.places.length / 2;
    const starts = new Uint32Array(this.columns * this.lines + 1);
    const order = new Uint32Array(count);
    const cells = new Uint32Array(count);
    for (let seat = 0; seat < count; seat++) {
      const at = this.cellOf(this.places[2 * seat] as number, this.places[2 * seat + 1] as number);
      cells[seat] = at;
      starts[at + 1] = (starts[at + 1] as number) + 1;
    }
    for (let n = 1; n < starts.length; n++) starts[n] = (starts[n] as number) + (starts[n - 1] as number);
    const next = starts.slice();
    for (let seat = 0; seat < count; seat++) {
      const at = cells[seat] as number;
      order[next[at] as number] = seat;
      next[at] = (next[at] as number) + 1;
    }
    return { starts, order };
  }

  /** Every seat in the box, and a few around it, some at a time. */
  *some(box: Box): Generator<Uint32Array> {
    const { starts, order } = this.sort();
    const [c0, c1] = [this.column(box.left), this.column(box.right)];
    const [l0, l1] = [this.line(box.top), this.line(box.bottom)];
    for (let line = l0; line <= l1; line++) {
      const from = starts[line * this.columns + c0] as number;
      const to = starts[line * this.columns + c1 + 1] as number;
      for (let n = from; n < to; n += AT_ONCE) yield order.subarray(n, Math.min(to, n + AT_ONCE));
    }
  }

  each(box: Box, visit: (seat: number) => void): void {
    for (const seats of this.some(box)) for (const seat of seats) visit(seat);
  }

  /** Seats no further than `reach`, the nearest first. */
  near(x: number, y: number, reach: number): { seat: number; distance: number }[] {
    const found: { seat: number; distance: number }[] = [];
    this.each({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach }, (seat) => {
      const distance = Math.hypot(
        (this.places[2 * seat] as number) - x,
        (this.places[2 * seat + 1] as number) - y,
      );
      if (distance <= reach) found.push({ seat, distance });
    });
    return found.sort((a, b) => a.distance - b.distance);
  }

  private cellOf = (x: number, y: number): number => this.line(y) * this.columns + this.column(x);
  private column = (x: number): number => clamp(Math.floor((x - this.left) / this.cell), this.columns);
  private line = (y: number): number => clamp(Math.floor((y - this.top) / this.cell), this.lines);
}

const clamp = (n: number, count: number): number => Math.max(0, Math.min(count - 1, n));
