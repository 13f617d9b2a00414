import { printedNumber } from "../chart";
import { FREE, HELD, type SeatHouse } from "../seat-house";
import type { View } from "./camera";
import type { Paper } from "./easel";
import type { GlyphKind, Glyphs } from "./glyphs";
import type { SeatGrid } from "./grid";
import type { SectionLook } from "./paint-house";
import type { Palette } from "./palette";
import { ACCESSIBLE, COMPANION, RESTRICTED, type Scene, type SceneSection } from "./scene";

/** From so many pixels between two seats on, seats are drawn; from the second on, as glyphs with numbers. */
export const SEATS_PX = 9;
export const GLYPHS_PX = 20;
/** So many new signs are made before somebody asks whether there is time for more. */
const NEW_AT_ONCE = 4;
const LETTERS_AT_ONCE = 8;
const DIM = 0.2;
const LABEL_PX = 11;

export interface SeatState {
  looks: readonly SectionLook[];
  mine: ReadonlySet<number>;
  asked: ReadonlySet<number>;
  /** Wheelchair and companion places are what is looked for. */
  isAccessible: boolean;
  /** Seats on their way out: how much of them is left, from 1 to 0. */
  leaving: ReadonlyMap<number, number>;
}

export class SeatPainter {
  private readonly scene: Scene;
  private readonly grid: SeatGrid;
  private readonly house: SeatHouse;
  palette: Palette;
  glyphs: Glyphs;
  private filled = "";

  constructor(parts: {
    scene: Scene;
    grid: SeatGrid;
    house: SeatHouse;
    palette: Palette;
    glyphs: Glyphs;
  }) {
    this.scene = parts.scene;
    this.grid = parts.grid;
    this.house = parts.house;
    this.palette = parts.palette;
    this.glyphs = parts.glyphs;
  }

  isOpen = (section: SceneSection, scale: number): boolean =>
    section.isSeated && section.pitch * scale >= SEATS_PX;

  /** All seats on the paper, some at a time, then the letters of their rows. */
  *paint(paper: Paper, state: SeatState): Generator<undefined> {
    const { draw, view } = paper;
    const rows = new Map<number, [first: number, last: number]>();
    let before = -1;
    let ends: [first: number, last: number] | undefined;
    const open = this.scene.sections.map((section) => this.isOpen(section, view.scale));
    if (!open.includes(true)) return;
    for (const seats of this.grid.some(paper.seen)) {
      // Meanwhile another paper may have been drawn on.
      this.filled = "";
      let made = this.glyphs.count;
      for (const seat of seats) {
        const row = this.scene.rowOf[seat] as number;
        if (open[this.scene.rows[row]?.section ?? -1] !== true) continue;
        this.one(draw, seat, view, state);
        if (this.glyphs.count - made >= NEW_AT_ONCE) {
          yield;
          made = this.glyphs.count;
        }
        // Neighbours are mostly of one row.
        if (row !== before) ends = rows.get(row);
        before = row;
        if (ends === undefined) {
          ends = [seat, seat];
          rows.set(row, ends);
        } else if (seat < ends[0]) ends[0] = seat;
        else if (seat > ends[1]) ends[1] = seat;
      }
      yield;
    }
    draw.globalAlpha = 1;
    let said = 0;
    for (const [row, its] of rows) {
      this.letter(paper, row, its);
      said += 1;
      if (said % LETTERS_AT_ONCE === 0) yield;
    }
  }

  /** One seat anew, with the ground under it. */
  again(seat: number, { draw, view, ratio }: Paper, state: SeatState): void {
    const section = this.scene.sections[this.scene.rows[this.scene.rowOf[seat] as number]?.section ?? -1];
    if (section === undefined || !this.isOpen(section, view.scale)) return;
    const reach = this.half(seat, view) * 1.22 + 1;
    const [x, y] = this.at(seat, view);
    draw.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw.globalAlpha = 1;
    draw.fillStyle = this.palette.surface;
    draw.fillRect(x - reach, y - reach, 2 * reach, 2 * reach);
    this.filled = "";
    this.one(draw, seat, view, state);
    draw.globalAlpha = 1;
  }

  private half = (seat: number, view: View): number =>
    (this.scene.halves[this.scene.rowOf[seat] as number] as number) * view.scale;
  private at = (seat: number, { scale, x, y }: View): [number, number] => [
    (this.scene.places[2 * seat] as number) * scale + x,
    (this.scene.places[2 * seat + 1] as number) * scale + y,
  ];

  private one(draw: CanvasRenderingContext2D, seat: number, view: View, state: SeatState): void {
    const { scene } = this;
    const row = scene.rows[scene.rowOf[seat] as number];
    if (row === undefined) return;
    const section = scene.sections[row.section] as SceneSection;
    const look = state.looks[row.section];
    const rank = look?.rank ?? 0;
    const half = this.half(seat, view);
    const [x, y] = this.at(seat, view);
    const kind = this.kindOf(seat, state, rank);
    const isAside = kind !== "mine" && kind !== "asked" && this.isAside(seat, state, look);
    const alpha = isAside && kind !== "sold" ? DIM : 1;
    if (draw.globalAlpha !== alpha) draw.globalAlpha = alpha;
    const left = state.leaving.get(seat);
    if (section.pitch * view.scale >= GLYPHS_PX) {
      const number = printedNumber(seat - row.first + 1, row.numbering);
      if (left !== undefined) {
        const shrunk = half * (0.36 + 0.64 * left);
        this.glyphs.stamp(draw, { kind: "free", rank, number: 0 }, x, y, shrunk);
      } else this.glyphs.stamp(draw, { kind, rank, number }, x, y, half);
      return;
    }
    const size = left === undefined ? SIZES[kind] * half : half * (0.36 + 0.64 * left);
    const fill = this.plain(left === undefined ? kind : "free", rank);
    // Ten thousand seats have a handful of colours: one is told to the canvas when it is another.
    if (fill !== this.filled) draw.fillStyle = this.filled = fill;
    draw.fillRect(x - size, y - size, 2 * size, 2 * size);
  }

  private kindOf(seat: number, state: SeatState, rank: number): GlyphKind {
    if (state.mine.has(seat)) return "mine";
    if (state.asked.has(seat)) return "asked";
    const is = this.house.states[seat];
    if (is === HELD) return "held";
    if (is !== FREE || rank === 0) return "sold";
    const marks = this.scene.marks[seat] as number;
    if (marks & ACCESSIBLE) return "wheelchair";
    if (marks & COMPANION) return "companion";
    return marks & RESTRICTED ? "cut" : "free";
  }

  private isAside(seat: number, state: SeatState, look: SectionLook | undefined): boolean {
    if (look?.isDim) return true;
    const isKept = ((this.scene.marks[seat] as number) & (ACCESSIBLE | COMPANION)) !== 0;
    return state.isAccessible && !isKept;
  }

  private plain(kind: GlyphKind, rank: number): string {
    if (kind === "mine" || kind === "asked") return this.palette.flood;
    if (kind === "held") return this.palette.seatHeld;
    if (kind === "sold") return this.palette.seatSold;
    return this.palette.tints[rank] ?? this.palette.sold;
  }

  /** The letter of a row before the first of its seats that is seen; it sticks to the edge. */
  private letter({ draw, view, edges }: Paper, row: number, [first, last]: [number, number]): void {
    const { scene, palette } = this;
    const its = scene.rows[row];
    if (its === undefined) return;
    const pitch = (scene.sections[its.section]?.pitch ?? 0) * view.scale;
    if (pitch < 12) return;
    // At the end that is read first: the left one, or the upper one.
    const [a, b] = [this.at(first, view), this.at(last, view)];
    const isFirst = a[0] + a[1] <= b[0] + b[1];
    const [[x, y], [tx, ty]] = isFirst ? [a, b] : [b, a];
    const isEnd = isFirst ? first === its.first : last === its.first + its.seats - 1;
    const way = Math.hypot(tx - x, ty - y) || 1;
    const by = isEnd ? Math.max(pitch, LABEL_PX * 1.6) / way : 0;
    const clamp = (at: number, from: number, to: number) => Math.max(from + 14, Math.min(to - 14, at));
    const [wx, wy] = [x - (tx - x) * by, y - (ty - y) * by];
    const [lx, ly] = [clamp(wx, edges.left, edges.right), clamp(wy, edges.top, edges.bottom)];
    const isPlain = isEnd && lx === wx && ly === wy;
    draw.textAlign = "center";
    draw.textBaseline = "middle";
    draw.font = `750 ${LABEL_PX + 1}px ${palette.font}`;
    if (!isPlain) {
      const wide = Math.max(20, 10 + its.label.length * 8);
      draw.fillStyle = palette.inverse;
      draw.beginPath();
      draw.roundRect(lx - wide / 2, ly - 10, wide, 20, 6);
      draw.fill();
    }
    draw.fillStyle = isPlain ? palette.quiet : palette.onInverse;
    draw.fillText(its.label, lx, ly + 0.5);
  }
}

const SIZES: Record<GlyphKind, number> = {
  free: 1,
  cut: 1,
  wheelchair: 1,
  companion: 1,
  mine: 1.2,
  asked: 1.2,
  held: 0.62,
  sold: 0.36,
};
