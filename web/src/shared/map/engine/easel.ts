import type { Size, View } from "./camera";
import type { Box } from "./scene";

// Where the house is painted: a picture with some room about it, which follows the view at once as a whole, moved and
// stretched by the browser, while the next is painted behind it, a frame's share at a time. A picture that was only moved is
// as good as new until its room is used up. Under both lies the whole house, so that no edge is ever bare. What is quick to
// paint is there in the frame in which it was asked for.

/** What painters draw on. */
export interface Paper {
  draw: CanvasRenderingContext2D;
  /** The view, as the paper's own pixels see it. */
  view: View;
  ratio: number;
  /** What of the house is on the paper. */
  seen: Box;
  /** Where the screen ends: what sticks to its edges stays inside. */
  edges: Box;
}

interface Sheet {
  canvas: HTMLCanvasElement;
  draw: CanvasRenderingContext2D;
  /** For which view of the screen it was painted. */
  view: View | undefined;
}

interface Work {
  sheet: Sheet;
  view: View;
  steps: Iterator<unknown>;
  /** Seats that became others meanwhile. */
  late: Set<number>;
}

interface Painting {
  /** Everything, in small steps. */
  all: (paper: Paper, isWhole: boolean) => Iterator<unknown>;
  /** One seat anew. */
  again: (seat: number, paper: Paper) => void;
}

const MARGIN_PX = 96;
/** Of that room so much may be used up before the next picture is begun. */
const SHIFT_PX_MAX = 48;
const BUDGET_MS = 4;
/** So many steps a frame. What is drawn is filled in by the browser after it: frames that come late say that it was too much. */
const SHARE = { first: 16, least: 4, most: 1_024, growth: 1.25 };
const LATE_MS = 25;
/** A picture under way that is so much larger or smaller than what is looked at is not finished. */
const STRETCH_MAX = 3;

export class Easel {
  private front: Sheet;
  private back: Sheet;
  private readonly under: Sheet;
  private readonly base: HTMLCanvasElement;
  private readonly painting: Painting;
  private size: Size = { width: 1, height: 1 };
  private ratio = 1;
  private work: Work | undefined;
  private below: Work | undefined;
  private share = SHARE.first;
  private hasWorked = false;
  private lastAt = 0;
  private isSpoilt = true;
  private isUnderStale = true;

  /** Two sheets beside `base` are its twins; nothing where a browser has no canvas. */
  static on(base: HTMLCanvasElement, painting: Painting): Easel | undefined {
    const canvases = [base, base.cloneNode() as HTMLCanvasElement, document.createElement("canvas")] as const;
    const sheets = canvases.map((canvas): Sheet | undefined => {
      const draw = canvas.getContext("2d", { alpha: false });
      return draw === null ? undefined : { canvas, draw, view: undefined };
    });
    const [front, back, under] = sheets;
    if (front === undefined || back === undefined || under === undefined) return undefined;
    base.after(back.canvas, under.canvas);
    under.canvas.ariaHidden = "true";
    for (const { canvas } of [front, back, under])
      Object.assign(canvas.style, {
        inset: "0 auto auto 0",
        transformOrigin: "0 0",
        willChange: "transform",
      });
    under.canvas.style.zIndex = "-1";
    back.canvas.style.visibility = "hidden";
    return new Easel({ front, back, under }, painting);
  }

  private constructor({ front, back, under }: Record<"front" | "back" | "under", Sheet>, painting: Painting) {
    this.front = front;
    this.base = front.canvas;
    this.back = back;
    this.under = under;
    this.painting = painting;
  }

  /** Takes away what it brought. */
  clear(): void {
    for (const { canvas } of [this.front, this.back, this.under]) if (canvas !== this.base) canvas.remove();
    this.base.style.visibility = "";
  }

  resize(size: Size, ratio: number): void {
    this.size = size;
    this.ratio = ratio;
    for (const sheet of [this.front, this.back, this.under]) {
      const margin = sheet === this.under ? 0 : MARGIN_PX;
      const [width, height] = [size.width + 2 * margin, size.height + 2 * margin];
      sheet.canvas.width = Math.round(width * ratio);
      sheet.canvas.height = Math.round(height * ratio);
      Object.assign(sheet.canvas.style, { width: `${width}px`, height: `${height}px` });
      sheet.view = undefined;
    }
    this.work = undefined;
    this.below = undefined;
    this.spoil();
  }

  /** Something looks another way everywhere. */
  spoil(): void {
    this.isSpoilt = true;
    this.isUnderStale = true;
  }

  /** Many seats became others. */
  spoilSeats(): void {
    this.isSpoilt = true;
  }

  /** Some seats became others. What is under way has most of them, and it is about to be seen. */
  again(seats: Iterable<number>): void {
    const { front, work } = this;
    if (front.view === undefined) return;
    const paper = this.paper(front, front.view);
    for (const seat of seats) {
      work?.late.add(seat);
      if (work === undefined) this.painting.again(seat, paper);
    }
  }

  /** A frame's share; true while there is more to do. `whole` is the view of the whole house. */
  paint(view: View, { whole, isMoving, now }: { whole: View; isMoving: boolean; now: number }): boolean {
    this.learn(now);
    const until = this.front.view === undefined ? Number.POSITIVE_INFINITY : performance.now() + BUDGET_MS;
    if (this.work !== undefined && isFar(this.work.view, view)) {
      this.work = undefined;
      this.isSpoilt = true;
    }
    if (this.work === undefined && (this.isSpoilt || isOff(this.front.view, view, isMoving))) {
      this.isSpoilt = false;
      // The first is painted where it is seen.
      this.work = this.begin(this.front.view === undefined ? this.front : this.back, view);
    }
    if (this.work !== undefined && this.run(this.work, until)) this.turn(this.work);
    if (this.work === undefined && !isMoving) this.paintUnder(whole, until);
    this.lay(view);
    const isOwing = this.isSpoilt || this.work !== undefined || isOff(this.front.view, view, false);
    const goesOn = isOwing || this.isUnderStale || this.below !== undefined;
    // The frame after a rest comes late for no fault of this one.
    if (!goesOn) this.hasWorked = false;
    return goesOn;
  }

  /** How much a frame can take is told by how long the one took in which something was painted. */
  private learn(now: number): void {
    if (this.hasWorked)
      this.share =
        now - this.lastAt > LATE_MS
          ? Math.max(SHARE.least, this.share / 2)
          : Math.min(SHARE.most, this.share * SHARE.growth);
    this.hasWorked = false;
    this.lastAt = now;
  }

  /** Works until the time or the share is up; true once all is done. */
  private run({ steps }: Work, until: number): boolean {
    this.hasWorked = true;
    let left = until === Number.POSITIVE_INFINITY ? until : this.share;
    do {
      if (steps.next().done === true) return true;
      left -= 1;
    } while (left > 0 && performance.now() < until);
    return false;
  }

  /** The picture that is done comes to the front. */
  private turn({ sheet, view, late }: Work): void {
    this.work = undefined;
    sheet.view = view;
    if (sheet === this.back) [this.front, this.back] = [sheet, this.front];
    this.front.canvas.style.visibility = "";
    this.back.canvas.style.visibility = "hidden";
    const paper = this.paper(sheet, view);
    for (const seat of late) this.painting.again(seat, paper);
  }

  private paintUnder(whole: View, until: number): void {
    if (this.isUnderStale) {
      this.isUnderStale = false;
      this.below = this.begin(this.under, whole);
      // Not in the frame in which a picture was done.
      return;
    }
    if (this.below === undefined || !this.run(this.below, until)) return;
    this.under.view = this.below.view;
    this.below = undefined;
  }

  private begin(sheet: Sheet, view: View): Work {
    const steps = this.painting.all(this.paper(sheet, view), sheet === this.under);
    return { sheet, view, steps, late: new Set() };
  }

  /** Moves and stretches what is painted to where it lies now. */
  private lay(view: View): void {
    for (const sheet of [this.front, this.under]) {
      if (sheet === this.under) sheet.canvas.style.visibility = sheet.view === undefined ? "hidden" : "";
      if (sheet.view === undefined) continue;
      const margin = sheet === this.under ? 0 : MARGIN_PX;
      const by = view.scale / sheet.view.scale;
      // What is not stretched lies on whole dots, as sharp as it was painted.
      const whole = (at: number) => (by === 1 ? Math.round(at * this.ratio) / this.ratio : at);
      const x = whole(view.x - (sheet.view.x + margin) * by);
      const y = whole(view.y - (sheet.view.y + margin) * by);
      sheet.canvas.style.transform = `translate(${x}px, ${y}px) scale(${by})`;
    }
  }

  private paper(sheet: Sheet, { scale, x, y }: View): Paper {
    const margin = sheet === this.under ? 0 : MARGIN_PX;
    const { width, height } = this.size;
    return {
      draw: sheet.draw,
      view: { scale, x: x + margin, y: y + margin },
      ratio: this.ratio,
      seen: {
        left: -(x + margin) / scale,
        top: -(y + margin) / scale,
        right: (width + margin - x) / scale,
        bottom: (height + margin - y) / scale,
      },
      edges: { left: margin, top: margin, right: margin + width, bottom: margin + height },
    };
  }
}

/** Whether another picture is wanted: at once for another scale, for the same one once it must, or once there is time. */
function isOff(of: View | undefined, view: View, isMoving: boolean): boolean {
  if (of === undefined || of.scale !== view.scale) return true;
  const shift = Math.max(Math.abs(of.x - view.x), Math.abs(of.y - view.y));
  return shift > (isMoving ? SHIFT_PX_MAX : 0);
}

const isFar = (one: View, other: View): boolean =>
  Math.max(one.scale / other.scale, other.scale / one.scale) > STRETCH_MAX;
