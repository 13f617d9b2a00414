import type { View } from "./camera";
import type { Paper } from "./easel";
import type { Palette } from "./palette";
import type { Box, Scene, SceneSection } from "./scene";

/** How a section looks, worked out by whoever knows prices and counts. */
export interface SectionLook {
  /** Its place on the ramp of prices, 0 without one. */
  rank: number;
  price: string;
  isGone: boolean;
  isFew: boolean;
  isDim: boolean;
}
export const NO_LOOK: SectionLook = { rank: 0, price: "", isGone: false, isFew: false, isDim: false };

const DIM = 0.22;
const LINES = 4;
const LABEL_PX = { least: 9, most: 17 };
const PRICE_DEPTH_PX = 50;
const FEW_DEPTH_PX = 34;

type Draw = CanvasRenderingContext2D;
interface Shape {
  outline: Path2D;
  lines: Path2D;
}

/** Draws what lies under seats: the field, the stands, sections with their tint, numbers and prices. */
export class HousePainter {
  private readonly shapes: readonly Shape[];
  private hatch: CanvasPattern | undefined;
  private readonly scene: Scene;
  palette: Palette;

  constructor(scene: Scene, palette: Palette) {
    this.scene = scene;
    this.palette = palette;
    this.shapes = scene.sections.map((section) => ({
      outline: pathOf(section.outline),
      lines: rowLines(scene, section),
    }));
  }

  takePalette(palette: Palette): void {
    this.palette = palette;
    this.hatch = undefined;
  }

  /** Everything below the seats, a few things at a time. `isOpen` says of which sections the seats are drawn. */
  *paint({ draw, view, ratio, seen }: Paper, { looks, isOpen, words }: HouseState): Generator<undefined> {
    const { palette, scene } = this;
    const shown = scene.sections.filter((section) => overlap(section.box, seen));
    draw.setTransform(1, 0, 0, 1, 0, 0);
    draw.fillStyle = palette.ground;
    draw.fillRect(0, 0, draw.canvas.width, draw.canvas.height);
    draw.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    yield* this.stands(draw, shown);
    if (scene.field !== undefined && overlap(scene.field.box, seen)) this.field(draw, scene.field, words);
    yield;
    for (const section of shown) {
      this.section(draw, section, looks[section.index] ?? NO_LOOK, {
        isOpen: isOpen(section),
        scale: view.scale,
      });
      yield;
    }
    // Entrances and pillars are for who looks at seats.
    draw.fillStyle = palette.stand;
    if (scene.sections.some((section) => isOpen(section)))
      for (const obstacle of scene.obstacles) draw.fill(pathOf(obstacle));
    draw.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const section of shown) {
      if (isOpen(section)) continue;
      this.label(draw, section, looks[section.index] ?? NO_LOOK, view);
      yield;
    }
    this.signs(draw, view);
  }

  private *stands(draw: Draw, shown: readonly SceneSection[]): Generator<undefined> {
    draw.globalAlpha = 0.55;
    draw.strokeStyle = this.palette.stand;
    draw.lineWidth = 18;
    draw.lineJoin = "round";
    for (const section of shown) {
      draw.stroke(this.shapes[section.index]?.outline as Path2D);
      yield;
    }
    draw.globalAlpha = 1;
  }

  private section(
    draw: Draw,
    section: SceneSection,
    look: SectionLook,
    { isOpen, scale }: { isOpen: boolean; scale: number },
  ): void {
    const { palette } = this;
    const shape = this.shapes[section.index] as Shape;
    draw.globalAlpha = look.isDim && !isOpen ? DIM : 1;
    const fill = isOpen
      ? palette.surface
      : look.isGone
        ? this.hatched(draw, scale)
        : (palette.tints[look.rank] ?? palette.sold);
    draw.fillStyle = fill;
    draw.strokeStyle = look.isGone && !isOpen ? palette.sold : fill;
    draw.lineWidth = isOpen ? 6 / scale : 3;
    draw.lineJoin = "round";
    draw.fill(shape.outline);
    draw.stroke(shape.outline);
    if (!isOpen && !look.isGone) {
      draw.globalAlpha *= 0.28;
      draw.strokeStyle = palette.ground;
      draw.lineWidth = 1.2;
      draw.stroke(shape.lines);
    }
    draw.globalAlpha = 1;
  }

  private label(draw: Draw, section: SceneSection, look: SectionLook, view: View): void {
    const { palette } = this;
    const depth = 2 * section.room * view.scale;
    const [x, y] = [section.label[0] * view.scale + view.x, section.label[1] * view.scale + view.y];
    const size = Math.min(LABEL_PX.most, (depth * 1.15) / (section.name.length * 0.56), depth * 0.62);
    if (size < LABEL_PX.least) return;
    const isPriced = look.price !== "" && !look.isGone && depth >= PRICE_DEPTH_PX;
    const isFew = look.isFew && !look.isGone && depth >= FEW_DEPTH_PX;
    const lift = isPriced ? -size * 0.55 : isFew ? -size * 0.5 : 0;
    draw.globalAlpha = look.isDim ? DIM * 2 : 1;
    draw.fillStyle = look.isGone ? palette.onSold : (palette.onTints[look.rank] ?? palette.ink);
    draw.textAlign = "center";
    draw.textBaseline = "middle";
    // In whole pixels: while one zooms, letters of a new size each frame are what costs.
    draw.font = `700 ${Math.round(size)}px ${palette.font}`;
    narrow(draw);
    draw.fillText(section.name, x, y + lift);
    if (isPriced) {
      draw.font = `550 ${Math.round(size * 0.82)}px ${palette.font}`;
      draw.fillText(look.price, x, y + lift + size * 1.1);
    }
    if (isFew)
      this.halfDisc(draw, x, isPriced ? y + lift - size * 1.15 : y + size * 0.7, Math.min(8, size * 0.5));
    draw.globalAlpha = 1;
  }

  private halfDisc(draw: Draw, x: number, y: number, radius: number): void {
    const { palette } = this;
    const circle = (r: number) => {
      draw.beginPath();
      draw.arc(x, y, r, 0, 2 * Math.PI);
    };
    draw.fillStyle = palette.surface;
    circle(radius + 2);
    draw.fill();
    draw.strokeStyle = palette.warn;
    draw.lineWidth = 2;
    circle(radius - 0.5);
    draw.stroke();
    draw.fillStyle = palette.warn;
    draw.beginPath();
    draw.arc(x, y, radius, Math.PI / 2, -Math.PI / 2);
    draw.fill();
  }

  private signs(draw: Draw, view: View): void {
    const { palette, scene } = this;
    draw.textAlign = "center";
    draw.textBaseline = "middle";
    const size = Math.round(Math.max(9, Math.min(13, 15 * view.scale)));
    draw.font = `800 ${size}px ${palette.font}`;
    for (const gate of scene.gates) {
      const [x, y] = [gate.at[0] * view.scale + view.x, gate.at[1] * view.scale + view.y];
      const width = size * (1.15 + gate.name.length * 0.6);
      draw.fillStyle = palette.inverse;
      draw.beginPath();
      draw.roundRect(x - width / 2, y - size * 0.85, width, size * 1.7, size * 0.45);
      draw.fill();
      draw.fillStyle = palette.onInverse;
      draw.fillText(gate.name, x, y + 0.5);
    }
    const stage = scene.field?.kind === "pitch" ? undefined : scene.field?.box;
    for (const text of scene.texts) {
      const [x, y] = text.at;
      const box = { left: x, right: x, top: y, bottom: y };
      const size = Math.min(28, text.size * view.scale);
      if (size < 8) continue;
      draw.font = `650 ${Math.round(size)}px ${palette.font}`;
      const onStage = stage !== undefined && overlap(stage, box);
      draw.save();
      draw.translate(x * view.scale + view.x, y * view.scale + view.y);
      // On a stage that stands upright the words stand upright, too: beside it nobody could read their colour.
      if (onStage && text.text.length * size * 0.6 > (stage.right - stage.left) * view.scale)
        draw.rotate(-Math.PI / 2);
      draw.fillStyle = onStage ? palette.onInverse : palette.quiet;
      draw.fillText(text.text, 0, 0);
      draw.restore();
    }
  }

  private field(draw: Draw, field: NonNullable<Scene["field"]>, words: HouseState["words"]): void {
    const { palette } = this;
    const { left, top, right, bottom } = field.box;
    const [width, height] = [right - left, bottom - top];
    if (field.kind === "pitch") {
      draw.save();
      draw.translate((left + right) / 2, (top + bottom) / 2);
      if (this.scene.isUpright) draw.rotate(Math.PI / 2);
      const [long, short] = this.scene.isUpright ? [height, width] : [width, height];
      pitch(draw, palette, long / 336, short / 212);
      draw.restore();
      return;
    }
    draw.fillStyle = palette.inverse;
    draw.fill(pathOf(field.shape));
    if (field.kind !== "stage" || this.scene.texts.length > 0) return;
    draw.fillStyle = palette.onInverse;
    draw.textAlign = "center";
    draw.textBaseline = "middle";
    const size = Math.min(height * 0.3, (width * 0.8) / (words.stage.length * 0.6));
    draw.font = `700 ${size.toFixed(1)}px ${palette.font}`;
    draw.fillText(words.stage, (left + right) / 2, (top + bottom) / 2);
  }

  /** Grey with strokes, as wide on the screen whatever the scale. */
  private hatched(draw: Draw, scale: number): CanvasPattern | string {
    const { palette } = this;
    if (this.hatch === undefined) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 16;
      const on = tile.getContext("2d");
      if (on === null) return palette.sold;
      on.fillStyle = palette.sold;
      on.fillRect(0, 0, 16, 16);
      on.strokeStyle = palette.onSold;
      on.globalAlpha = 0.42;
      on.lineWidth = 2.4;
      for (const n of [-16, 0, 16]) {
        on.beginPath();
        on.moveTo(n - 2, 18);
        on.lineTo(n + 18, -2);
        on.stroke();
      }
      this.hatch = draw.createPattern(tile, "repeat") ?? undefined;
    }
    this.hatch?.setTransform(new DOMMatrix([0.5 / scale, 0, 0, 0.5 / scale, 0, 0]));
    return this.hatch ?? palette.sold;
  }
}

export interface HouseState {
  looks: readonly SectionLook[];
  isOpen: (section: SceneSection) => boolean;
  words: { stage: string };
}

// Drawn about the origin in the mock-up's units: 336 by 212.
function pitch(draw: CanvasRenderingContext2D, palette: Palette, across: number, down: number): void {
  draw.scale(across, down);
  draw.fillStyle = palette.grassB;
  draw.beginPath();
  draw.roundRect(-178, -116, 356, 232, 8);
  draw.fill();
  draw.fillStyle = palette.grassA;
  for (let stripe = 0; stripe < 12; stripe += 2) draw.fillRect(-168 + stripe * 28, -116, 28, 232);
  draw.strokeStyle = palette.grassLine;
  draw.globalAlpha = 0.85;
  draw.lineWidth = 2;
  draw.stroke(
    new Path2D(
      "M-168-106h336v212h-336zM0-106v212M-168-62h52v124h-52M-168-28h18v56h-18M168-62h-52v124h52M168-28h-18v56h18" +
        "M-116-22a30 30 0 0 1 0 44M116-22a30 30 0 0 0 0 44M30 0a30 30 0 1 1-60 0a30 30 0 1 1 60 0",
    ),
  );
  draw.globalAlpha = 1;
}

const paths = new WeakMap<Float32Array, Path2D>();

/** Made once for each outline. */
/** The condensed letters of signs, where a canvas can have them. */
export function narrow(draw: CanvasRenderingContext2D): void {
  if ("fontStretch" in draw) draw.fontStretch = "condensed";
}

export function pathOf(points: Float32Array): Path2D {
  const known = paths.get(points);
  if (known !== undefined) return known;
  const path = new Path2D();
  paths.set(points, path);
  for (let n = 0; n < points.length; n += 2)
    if (n === 0) path.moveTo(points[0] as number, points[1] as number);
    else path.lineTo(points[n] as number, points[n + 1] as number);
  path.closePath();
  return path;
}

/** A few of its rows as lines, so that a section looks like a stand. */
function rowLines(scene: Scene, section: SceneSection): Path2D {
  const path = new Path2D();
  const count = section.rows.length;
  for (let line = 1; line <= Math.min(LINES, count - 1); line++) {
    const row = section.rows[Math.round((line * count) / (LINES + 1))];
    if (row === undefined) continue;
    const last = row.first + row.seats - 1;
    for (const [n, seat] of [row.first, (row.first + last) >> 1, last].entries()) {
      const [x, y] = [scene.places[2 * seat] as number, scene.places[2 * seat + 1] as number];
      if (n === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
  }
  return path;
}

export const overlap = (a: Box, b: Box): boolean =>
  a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;
