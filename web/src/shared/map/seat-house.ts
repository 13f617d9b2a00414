import type { Scene, SceneSection } from "./engine/scene";

// The state of every seat of an event, two bits each as they come. It lies in the query cache like every answer, but
// it is one object that changes: sixty thousand seats are not copied because one was sold.

export const FREE = 0;
export const HELD = 1;
export const SOLD = 2;
export const BLOCKED = 3;
const LETTERS = "FHSB";

export interface SectionSeats {
  sectionId: string;
  sequence: number | null;
  epoch?: string | null | undefined;
  rows: readonly { label: string; seats: string }[];
}
export type SeatChange = readonly [row: string, seat: number, state: string];

export class SeatHouse {
  readonly states: Uint8Array;
  /** Sections whose frames are heard: what they say is newer than any answer about the whole house. */
  readonly followed = new Set<string>();
  private readonly scene: Scene;
  private readonly byId: ReadonlyMap<string, SceneSection>;
  private readonly watchers = new Set<(changed: readonly number[]) => void>();
  private count = 0;

  constructor(scene: Scene) {
    this.scene = scene;
    this.states = new Uint8Array(scene.seats);
    this.byId = new Map(scene.sections.map((section) => [section.id, section]));
  }

  /** Rises with every change, so that React knows of one. */
  read = (): number => this.count;

  watch = (watcher: (changed: readonly number[]) => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** The packed states of the whole house: every seated section from a byte of its own. */
  takeAll(packed: Uint8Array): void {
    const changed: number[] = [];
    let byte = 0;
    for (const section of this.scene.sections) {
      for (let n = 0; n < section.seats && !this.followed.has(section.id); n++)
        this.put(section.first + n, ((packed[byte + (n >> 2)] ?? 0) >> (2 * (n & 3))) & 3, changed);
      byte += (section.seats + 3) >> 2;
    }
    this.tell(changed);
  }

  takeSection({ sectionId, rows }: SectionSeats): void {
    const changed: number[] = [];
    const known = this.byId.get(sectionId);
    rows.forEach(({ seats }, n) => {
      const row = known?.rows[n];
      if (row === undefined || row.seats !== seats.length) return;
      for (let seat = 0; seat < seats.length; seat++)
        this.put(row.first + seat, LETTERS.indexOf(seats[seat] ?? "B"), changed);
    });
    this.tell(changed);
  }

  takeChanges(sectionId: string, changes: readonly SeatChange[]): void {
    const changed: number[] = [];
    const rows = this.byId.get(sectionId)?.rows ?? [];
    for (const [label, number, letter] of changes) {
      const row = rows.find((each) => each.label === label);
      if (row !== undefined && number >= 1 && number <= row.seats)
        this.put(row.first + number - 1, LETTERS.indexOf(letter), changed);
    }
    this.tell(changed);
  }

  /** A row as the orphan rule reads it: a letter a seat, cut in pieces by its gaps. */
  stretches(row: {
    first: number;
    seats: number;
    gaps: readonly number[];
  }): { from: number; letters: string }[] {
    const ends = [...row.gaps, row.seats].sort((a, b) => a - b);
    let from = 0;
    return ends.map((to) => {
      let letters = "";
      for (let n = from; n < to; n++) letters += LETTERS[this.states[row.first + n] as number] ?? "B";
      const piece = { from, letters };
      from = to;
      return piece;
    });
  }

  private put(seat: number, state: number, changed: number[]): void {
    if (state < 0 || this.states[seat] === state) return;
    this.states[seat] = state;
    changed.push(seat);
  }

  private tell(changed: readonly number[]): void {
    if (changed.length === 0) return;
    this.count += 1;
    for (const watcher of this.watchers) watcher(changed);
  }
}
