import type { Size, View } from "./camera";
import type { Box } from "./scene";

// Where the house is painted: a picture with some room about it, which follows the view at once as a whole, moved and
// stretched by the browser, while the next is painted behind it, a frame's share at a time. A picture that was only moved is
// as good as new until its room is used up. Under both lies the whole house, so that no edge is ever bare. What is quick to
// paint is there in the frame in which it was asked for. A frame that others have used up paints nothing.

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
  isDone: boolean;
  /** How many it took until now. */
  frames: number;
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
/**
 * So many steps a frame: fewer where they, filled in, took longer than a frame can spare, or where the frame after came late.
 * Late is half as long again as the screen's own pace, which is another one where a phone saves its battery.
 */
const SHARE = { first: 16, least: 4, most: 1_024, growth: 1.25 };
const SPARE_MS = 8;
const PACE = { first: 1_000 / 60, least: 4, late: 1.5, kept: 1.02 };
/** Where others have had so much of a frame before us, it is theirs. Never two on end, or a busy page would stand still. */
const TAKEN_MS = 8;
/** While the view moves, seats that change are drawn together: each time the browser hands on the whole sheet. */
const REDRAW_MS = 100;
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
  private hasWaited = false;
  private isUsedUp = false;
  private tookMs = 0;
  private paceMs = PACE.first;
  private lastAt = 0;
  private redrawnAt = 0;
  private readonly changed = new Set<number>();
  private readonly blot: CanvasRenderingContext2D | null;
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
    const dot = document.createElement("canvas");
    dot.width = dot.height = 1;
    this.blot = dot.getContext("2d", { alpha: false });
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

  /** Some seats became others: they are drawn by themselves, with the next frame that has room. */
  again(seats: Iterable<number>): void {
    for (const seat of seats) this.changed.add(seat);
  }

  /** A frame's share; true while there is more to do. `whole` is the view of the whole house. */
  paint(view: View, { whole, isMoving, now }: { whole: View; isMoving: boolean; now: number }): boolean {
    this.learn(now);
    if (this.front.view !== undefined && !this.hasWaited && performance.now() - now > TAKEN_MS) {
      this.hasWaited = true;
      this.lay(view);
      return true;
    }
    this.hasWaited = false;
    if (!isMoving || now - this.redrawnAt >= REDRAW_MS) this.redraw(now);
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
    if (this.work !== undefined) this.goOn(this.work, until);
    if (this.work === undefined && !isMoving) this.paintUnder(whole, until);
    this.lay(view);
    const isOwing = this.isSpoilt || this.work !== undefined || isOff(this.front.view, view, false);
    const goesOn = isOwing || this.isUnderStale || this.below !== undefined || this.changed.size > 0;
    // The frame after a rest comes late for no fault of this one.
    if (!goesOn) this.hasWorked = false;
    return goesOn;
  }

  /** What is under way has most of what changed, and it is about to be seen. */
  private redraw(now: number): void {
    const { front, work, changed } = this;
    if (front.view !== undefined && changed.size > 0) {
      const paper = this.paper(front, front.view);
      for (const seat of changed)
        if (work === undefined) this.painting.again(seat, paper);
        else work.late.add(seat);
      this.redrawnAt = now;
    }
    changed.clear();
  }

  /** How much a frame can take is told by how long painting took in the last one, and when this one came. */
  private learn(now: number): void {
    const passed = now - this.lastAt;
    // The shortest way from frame to frame is the screen's pace; it may slow down as it pleases.
    if (passed >= PACE.least) this.paceMs = Math.min(passed, this.paceMs * PACE.kept);
    if (this.hasWorked && (this.tookMs > SPARE_MS || passed > PACE.late * this.paceMs))
      this.share = Math.max(SHARE.least, this.share / 2);
    // What was not used up says nothing of what more would have cost.
    else if (this.hasWorked && this.isUsedUp) this.share = Math.min(SHARE.most, this.share * SHARE.growth);
    this.hasWorked = false;
    this.lastAt = now;
  }

  /** A picture that took more than a frame is shown in one of its own: showing it is work enough. */
  private goOn(work: Work, until: number): void {
    if (!work.isDone) work.isDone = this.run(work, until);
    else this.turn(work);
    if (work.isDone && work.frames === 0) this.turn(work);
    work.frames += 1;
  }

  /** Works until the time or the share is up; true once all is done. */
  private run({ sheet, steps }: Work, until: number): boolean {
    this.hasWorked = true;
    const began = performance.now();
    let left = until === Number.POSITIVE_INFINITY ? until : this.share;
    let isDone = false;
    do {
      isDone = steps.next().done === true;
      left -= 1;
    } while (!isDone && left > 0 && performance.now() < until);
    if (sheet !== this.front) this.fill(sheet);
    this.tookMs = performance.now() - began;
    this.isUsedUp = left <= 0;
    return isDone;
  }

  /**
   * What is drawn on a sheet that nobody sees is put off by the browser until it is shown, all of it in one frame. Who
   * takes a dot of it has it filled in now, in the frame that drew it.
   */
  private fill({ canvas }: Sheet): void {
    this.blot?.drawImage(canvas, 0, 0, 1, 1, 0, 0, 1, 1);
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
    return { sheet, view, steps, late: new Set(), isDone: false, frames: 0 };
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
