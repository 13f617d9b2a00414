import { narrow } from "./paint-house";
import type { Palette } from "./palette";

export type GlyphKind = "free" | "cut" | "wheelchair" | "companion" | "mine" | "asked" | "held" | "sold";
type Draw = CanvasRenderingContext2D;

// A seat with its number is drawn once and stamped from then on: text is what costs.
const STEP_PX = 3;
const GLYPHS_MAX = 3_000;
const NUMBERED_PX = 17;
const KINDS: Record<GlyphKind, number> = {
  free: 0,
  cut: 1,
  wheelchair: 2,
  companion: 3,
  mine: 4,
  asked: 5,
  held: 6,
  sold: 7,
};

interface Stamp {
  picture: HTMLCanvasElement;
  size: number;
}

export class Glyphs {
  /** By kind, rank, number and size. */
  private readonly made = new Map<number, Stamp>();
  /** How many were made so far: each costs as much as a hundred that are stamped. */
  count = 0;
  private readonly palette: Palette;
  private readonly ratio: number;

  constructor(palette: Palette, ratio: number) {
    this.palette = palette;
    this.ratio = ratio;
  }

  /** Stamps a seat about a point; `half` is half its side in pixels. */
  stamp(
    draw: Draw,
    glyph: { kind: GlyphKind; rank: number; number: number },
    x: number,
    y: number,
    half: number,
  ): void {
    const size = Math.max(STEP_PX, Math.ceil((2 * half) / STEP_PX) * STEP_PX);
    const shown = glyph.kind === "held" || glyph.kind === "sold" || size < NUMBERED_PX ? 0 : glyph.number;
    const stamp = this.find(glyph.kind, glyph.rank, shown, size);
    const outer = (half * stamp.picture.width) / (stamp.size * this.ratio);
    draw.drawImage(stamp.picture, x - outer, y - outer, 2 * outer, 2 * outer);
  }

  private find(kind: GlyphKind, rank: number, number: number, size: number): Stamp {
    const key = ((number * 8 + KINDS[kind]) * 32 + rank) * 1024 + size;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    if (this.made.size >= GLYPHS_MAX) this.made.clear();
    this.count += 1;
    const stamp = { picture: this.make(kind, rank, number, size), size };
    this.made.set(key, stamp);
    return stamp;
  }

  private make(kind: GlyphKind, rank: number, number: number, size: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    const margin = Math.ceil(size * 0.16) + 1;
    canvas.width = canvas.height = Math.round((size + 2 * margin) * this.ratio);
    const draw = canvas.getContext("2d");
    if (draw === null) return canvas;
    draw.scale(this.ratio, this.ratio);
    draw.translate(margin + size / 2, margin + size / 2);
    this.shape(draw, kind, rank, size);
    if (number > 0 && (kind === "free" || kind === "cut")) {
      draw.fillStyle = this.palette.onTints[rank] ?? this.palette.ink;
      draw.font = `700 ${Math.round(size * (number > 99 ? 0.46 : 0.56))}px ${this.palette.font}`;
      // After the font, which sets its own width.
      narrow(draw);
      draw.textAlign = "center";
      draw.textBaseline = "middle";
      draw.fillText(String(number), 0, size * 0.03);
    }
    return canvas;
  }

  private shape(draw: Draw, kind: GlyphKind, rank: number, size: number): void {
    const half = size / 2;
    const { palette } = this;
    const tint = palette.tints[rank] ?? palette.sold;
    draw.lineWidth = Math.max(1, size * 0.07);
    if (kind === "sold") {
      draw.fillStyle = palette.seatSold;
      disc(draw, 0, 0, size * 0.18);
      draw.fill();
    } else if (kind === "held") {
      draw.strokeStyle = palette.seatHeld;
      draw.setLineDash([size * 0.16, size * 0.12]);
      box(draw, half * 0.8, size * 0.2);
      draw.stroke();
    } else if (kind === "mine" || kind === "asked") {
      const grown = half * 1.12;
      draw.fillStyle = kind === "mine" ? palette.flood : palette.floodSoft;
      draw.strokeStyle = palette.onFlood;
      draw.lineWidth = Math.max(1.2, size * 0.09);
      if (kind === "asked") draw.setLineDash([size * 0.16, size * 0.1]);
      box(draw, grown, size * 0.28);
      draw.fill();
      draw.stroke();
      draw.setLineDash([]);
      if (kind === "mine") tick(draw, size);
    } else if (kind === "wheelchair" || kind === "companion") {
      draw.fillStyle = tint;
      draw.strokeStyle = palette.onTints[rank] ?? palette.ink;
      disc(draw, 0, 0, half);
      draw.fill();
      draw.stroke();
      draw.fillStyle = draw.strokeStyle;
      if (kind === "companion") person(draw, size);
      else wheelchair(draw, size);
    } else {
      draw.fillStyle = tint;
      if (kind === "cut") cut(draw, half);
      else box(draw, half, size * 0.24);
      draw.fill();
    }
  }
}

function box(draw: Draw, half: number, radius: number): void {
  draw.beginPath();
  draw.roundRect(-half, -half, 2 * half, 2 * half, radius);
}

function cut(draw: Draw, half: number): void {
  draw.beginPath();
  draw.moveTo(-half, -half);
  draw.lineTo(half * 0.2, -half);
  draw.lineTo(half, -half * 0.2);
  draw.lineTo(half, half);
  draw.lineTo(-half, half);
  draw.closePath();
}

function disc(draw: Draw, x: number, y: number, radius: number): void {
  draw.beginPath();
  draw.arc(x, y, radius, 0, 2 * Math.PI);
}

function tick(draw: Draw, size: number): void {
  draw.lineWidth = Math.max(1.5, size * 0.1);
  draw.lineCap = "round";
  draw.beginPath();
  draw.moveTo(-size * 0.22, size * 0.02);
  draw.lineTo(-size * 0.05, size * 0.2);
  draw.lineTo(size * 0.25, -size * 0.17);
  draw.stroke();
}

function person(draw: Draw, size: number): void {
  disc(draw, 0, -size * 0.13, size * 0.11);
  draw.fill();
  draw.beginPath();
  draw.arc(0, size * 0.25, size * 0.21, Math.PI, 0);
  draw.fill();
}

function wheelchair(draw: Draw, size: number): void {
  disc(draw, -size * 0.04, -size * 0.27, size * 0.075);
  draw.fill();
  draw.lineWidth = Math.max(1, size * 0.075);
  draw.lineCap = "round";
  draw.beginPath();
  draw.moveTo(-size * 0.04, -size * 0.14);
  draw.lineTo(-size * 0.04, size * 0.06);
  draw.lineTo(size * 0.13, size * 0.06);
  draw.lineTo(size * 0.2, size * 0.25);
  draw.stroke();
  draw.beginPath();
  draw.arc(-size * 0.02, size * 0.12, size * 0.19, Math.PI * 1.25, Math.PI * 0.25, true);
  draw.stroke();
}
