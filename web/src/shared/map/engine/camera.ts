import type { Box } from "./scene";

export interface View {
  /** Pixels a unit of the chart. */
  scale: number;
  /** Where the chart's origin lies on the screen. */
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}
export interface Insets {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

const EASE_MS = 320;
const CLOSEST_PITCH_PX = 56;
const FRICTION = 0.0042;
const STILL_PX_MS = 0.02;
// Of the screen, what always has a piece of the house on it.
const KEPT = 0.35;

/** What part of the house is on the screen. Moves by people alone, never because of data. */
export class Camera {
  view: View = { scale: 1, x: 0, y: 0 };
  private size: Size = { width: 1, height: 1 };
  private insets: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
  private readonly bounds: Box;
  private readonly pitch: number;
  private flight: { from: View; to: View; startedAt: number; ms: number } | undefined;
  private speed: { x: number; y: number; at: number } | undefined;

  constructor(bounds: Box, pitch: number) {
    this.bounds = bounds;
    this.pitch = pitch;
  }

  /** Keeps what is in the middle there; true if something was seen before. */
  resize(size: Size, insets: Insets): void {
    const isNew = this.size.width <= 1;
    const wasWhole = isNew || this.isWhole();
    const middle = this.toChart(this.size.width / 2, this.size.height / 2);
    this.size = size;
    this.insets = insets;
    if (wasWhole) this.view = this.whole();
    else {
      this.view.x = size.width / 2 - middle[0] * this.view.scale;
      this.view.y = size.height / 2 - middle[1] * this.view.scale;
      this.settle();
    }
  }

  /** The whole house, as large as it goes. */
  whole(): View {
    return this.framing(this.bounds, 0);
  }

  /** A part of the house with some room about it, no closer than seats can be told apart. */
  framing(box: Box, margin: number, closest = Number.POSITIVE_INFINITY): View {
    const { top, right, bottom, left } = this.insets;
    const [width, height] = [this.size.width - left - right, this.size.height - top - bottom];
    const scale = Math.min(
      closest,
      Math.max(0.01, (width - 2 * margin) / (box.right - box.left || 1)),
      Math.max(0.01, (height - 2 * margin) / (box.bottom - box.top || 1)),
    );
    return {
      scale,
      x: left + width / 2 - ((box.left + box.right) / 2) * scale,
      y: top + height / 2 - ((box.top + box.bottom) / 2) * scale,
    };
  }

  get least(): number {
    return this.whole().scale;
  }
  get most(): number {
    return Math.max(this.least * 4, CLOSEST_PITCH_PX / this.pitch);
  }
  isWhole = (): boolean => this.view.scale <= this.least * 1.02;
  isClosest = (): boolean => this.view.scale >= this.most * 0.99;

  toChart = (x: number, y: number): [number, number] => [
    (x - this.view.x) / this.view.scale,
    (y - this.view.y) / this.view.scale,
  ];
  toScreen = (x: number, y: number): [number, number] => [
    x * this.view.scale + this.view.x,
    y * this.view.scale + this.view.y,
  ];
  /** What is on the screen, in units of the chart. */
  seen(margin = 0): Box {
    const [left, top] = this.toChart(-margin, -margin);
    const [right, bottom] = this.toChart(this.size.width + margin, this.size.height + margin);
    return { left, top, right, bottom };
  }

  pan(dx: number, dy: number): void {
    this.stop();
    this.view = { ...this.view, x: this.view.x + dx, y: this.view.y + dy };
    this.settle();
  }

  /** About a point of the screen, which stays where it is. */
  zoom(factor: number, x: number, y: number): void {
    this.stop();
    this.view = this.zoomed(factor, x, y);
    this.settle();
  }

  zoomed(factor: number, x: number, y: number): View {
    const scale = Math.max(this.least, Math.min(this.most, this.view.scale * factor));
    const by = scale / this.view.scale;
    return { scale, x: x - (x - this.view.x) * by, y: y - (y - this.view.y) * by };
  }

  flyTo(to: View, now: number, ms = EASE_MS): void {
    this.speed = undefined;
    const scale = Math.max(this.least, Math.min(this.most, to.scale));
    const target = this.settled({ ...to, scale });
    if (ms === 0) this.view = target;
    else this.flight = { from: this.view, to: target, startedAt: now, ms };
  }

  /** Lets go with so many pixels a millisecond. */
  fling(x: number, y: number, now: number): void {
    if (Math.hypot(x, y) > STILL_PX_MS * 4) this.speed = { x, y, at: now };
  }

  stop(): void {
    this.flight = undefined;
    this.speed = undefined;
  }

  /** Moves on; true while there is more to come. */
  advance(now: number): boolean {
    if (this.flight !== undefined) {
      const { from, to, startedAt, ms } = this.flight;
      const part = Math.min(1, (now - startedAt) / ms);
      this.view = between(from, to, 1 - (1 - part) ** 3, this.size);
      if (part === 1) this.flight = undefined;
      return this.flight !== undefined;
    }
    if (this.speed === undefined) return false;
    const passed = Math.min(64, Math.max(0, now - this.speed.at));
    const kept = Math.exp(-FRICTION * passed);
    this.view = {
      ...this.view,
      x: this.view.x + this.speed.x * passed,
      y: this.view.y + this.speed.y * passed,
    };
    this.settle();
    this.speed = { x: this.speed.x * kept, y: this.speed.y * kept, at: now };
    if (Math.hypot(this.speed.x, this.speed.y) < STILL_PX_MS) this.speed = undefined;
    return this.speed !== undefined;
  }

  get isMoving(): boolean {
    return this.flight !== undefined || this.speed !== undefined;
  }

  private settle(): void {
    this.view = this.settled(this.view);
  }

  /** Nobody gets lost: a piece of the house stays on the screen. */
  private settled(view: View): View {
    const keep = (at: number, from: number, to: number, size: number) => {
      const [low, high] = [size * KEPT - to * view.scale, size * (1 - KEPT) - from * view.scale];
      return Math.max(Math.min(low, high), Math.min(Math.max(low, high), at));
    };
    return {
      scale: view.scale,
      x: keep(view.x, this.bounds.left, this.bounds.right, this.size.width),
      y: keep(view.y, this.bounds.top, this.bounds.bottom, this.size.height),
    };
  }
}

/** On the way the middle goes straight and the scale by its logarithm, so that it neither jumps nor crawls. */
function between(from: View, to: View, part: number, { width, height }: Size): View {
  const scale = from.scale * (to.scale / from.scale) ** part;
  // How far along the way a scale is: all of it where the scale stays.
  const along =
    Math.abs(to.scale - from.scale) < 1e-6
      ? part
      : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale);
  const middle = (view: View) =>
    [(width / 2 - view.x) / view.scale, (height / 2 - view.y) / view.scale] as const;
  const [ax, ay] = middle(from);
  const [bx, by] = middle(to);
  return {
    scale,
    x: width / 2 - (ax + (bx - ax) * along) * scale,
    y: height / 2 - (ay + (by - ay) * along) * scale,
  };
}
