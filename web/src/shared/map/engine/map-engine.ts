import { afterPaint } from "../../ui/painting";
import type { SeatHouse } from "../seat-house";
import { Camera, type Insets } from "./camera";
import type { Direction } from "./directions";
import { Easel, type Paper } from "./easel";
import { listenTo } from "./gestures";
import { Glyphs } from "./glyphs";
import { SeatGrid } from "./grid";
import { HousePainter, overlap } from "./paint-house";
import { paintMini, paintOver } from "./paint-over";
import { GLYPHS_PX, SEATS_PX, SeatPainter } from "./paint-seats";
import { type Palette, readPalette } from "./palette";
import type { Chosen, Place, Where } from "./place";
import { Pointer } from "./pointer";
import { boxOf, contains, type Scene, type SceneSection } from "./scene";

// The map outside React. It draws when something changed and not otherwise: all of it when the view moved, single seats
// when the house changed. React is told of what people pointed at and of where they are, never of frames.

export interface Told {
  tapped(place: Place): void;
  hovered(place: Place | null, at: { x: number; y: number }): void;
  moved(where: Where): void;
  /** Sections whose seats are on the screen, once the map rests. */
  looksAt(sections: readonly SceneSection[]): void;
}
const RATIO_MAX = 2;
const LEAVING_MS = 200;
const LEAVING_MOST = 40;
const REST_MS = 140;
const ZOOM_STEP = 2;
const NOBODY: ReadonlySet<number> = new Set();

export class MapEngine {
  readonly camera: Camera;
  private readonly scene: Scene;
  private readonly grid: SeatGrid;
  private readonly pointer: Pointer;
  private readonly host: HTMLElement;
  private readonly over: HTMLCanvasElement;
  private readonly mini: HTMLCanvasElement;
  private readonly told: Told;
  private readonly words: { stage: string };
  private painters:
    | { house: HousePainter; seats: SeatPainter; over: CanvasRenderingContext2D; easel: Easel }
    | undefined;
  private chosen: Chosen;
  private where: Where = { isOpen: false, section: null, isWhole: true, isClosest: false };
  private left: ReadonlyMap<number, number> = new Map();
  private ratio = 1;
  /** Of the map and of the small house, as they were told last: asking in a frame makes the browser lay out the page in it. */
  private extent = { width: 1, height: 1 };
  private miniExtent = { width: 0, height: 0 };
  private frame = 0;
  private isMoved = true;
  private isOverDirty = true;
  private isBare = false;
  private isHovering = false;
  private readonly leaving = new Map<number, number>();
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly undo: (() => void)[] = [];
  private readonly isStill: boolean;

  constructor(parts: {
    host: HTMLElement;
    base: HTMLCanvasElement;
    over: HTMLCanvasElement;
    mini: HTMLCanvasElement;
    scene: Scene;
    house: SeatHouse;
    words: { stage: string };
    told: Told;
  }) {
    this.scene = parts.scene;
    this.host = parts.host;
    this.over = parts.over;
    this.mini = parts.mini;
    this.told = parts.told;
    this.words = parts.words;
    this.isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pitches = this.scene.sections.flatMap(({ isSeated, pitch }) => (isSeated ? pitch : []));
    const pitch = pitches.length === 0 ? 2 : Math.min(...pitches);
    this.camera = new Camera(this.scene.bounds, pitch);
    this.grid = new SeatGrid(this.scene.places, { bounds: this.scene.bounds, cell: pitch * 8 });
    this.pointer = new Pointer(this.scene, { grid: this.grid, camera: this.camera });
    this.chosen = { looks: [], section: null, mine: NOBODY, asked: NOBODY, isAccessible: false, focus: null };
    this.begin(parts);
  }

  private begin({ house, base }: { house: SeatHouse; base: HTMLCanvasElement }): void {
    const over = this.over.getContext("2d");
    const easel = Easel.on(base, {
      all: (paper, isWhole) => this.paintAll(paper, isWhole),
      again: (seat, paper) => this.paintSeat(seat, paper),
    });
    if (easel !== undefined && over !== null) {
      const palette = readPalette(this.host);
      const glyphs = new Glyphs(palette, RATIO_MAX);
      const { scene, grid } = this;
      this.painters = {
        house: new HousePainter(scene, palette),
        seats: new SeatPainter({ scene, grid, house, palette, glyphs }),
        over,
        easel,
      };
      this.undo.push(() => easel.clear());
    }
    this.undo.push(house.watch(this.onChanges), listenTo(this.host, this.gestured));
    if (typeof ResizeObserver !== "undefined") {
      const sizes = new ResizeObserver(() => this.resize());
      for (const each of [this.host, this.mini]) sizes.observe(each);
      this.undo.push(() => sizes.disconnect());
    }
    const theme = new MutationObserver(() => this.repaint());
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.undo.push(() => theme.disconnect());
    // Numbers are stamped with the font there is: once ours has come, they are drawn anew.
    void document.fonts?.ready.then(() => this.repaint());
    this.resize();
    // Nobody can point at a seat of a house that is not painted yet.
    void afterPaint().then(this.grid.sort);
  }

  destroy(): void {
    for (const each of this.undo) each();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
  }

  /** What the page has chosen and knows; only what looks another way is drawn again. */
  show(next: Chosen): void {
    const before = this.chosen;
    this.chosen = next;
    if (next.looks !== before.looks || next.isAccessible !== before.isAccessible)
      this.painters?.easel.spoil();
    for (const name of ["mine", "asked"] as const)
      if (next[name] !== before[name]) this.painters?.easel.again([...next[name], ...before[name]]);
    this.isOverDirty = true;
    this.ask();
  }

  // ---- ways of the page to move the view ----

  zoomBy(direction: 1 | -1): void {
    const { width, height } = this.extent;
    const factor = direction > 0 ? ZOOM_STEP : 1 / ZOOM_STEP;
    if (direction > 0 && this.camera.isWhole()) {
      // Never to grass: to what is chosen, or what lies nearest the middle.
      const target =
        this.chosen.section ?? this.pointer.nearest(width / 2, height / 2, Number.POSITIVE_INFINITY);
      if (target !== null) {
        const [x, y] = this.camera.toScreen(...(this.scene.sections[target] as SceneSection).label);
        const { scale } = this.camera.zoomed(factor, x, y);
        const [cx, cy] = (this.scene.sections[target] as SceneSection).label;
        this.fly({ scale, x: width / 2 - cx * scale, y: height / 2 - cy * scale });
        return;
      }
    }
    this.fly(this.camera.zoomed(factor, width / 2, height / 2));
  }

  showWhole(): void {
    this.fly(this.camera.whole());
  }

  showSection(section: number): void {
    const its = this.scene.sections[section];
    if (its === undefined) return;
    const fitting = this.camera.framing(its.box, 24, 44 / its.pitch);
    // As many of its seats as can be told apart; the rest is a finger's way off.
    const least = its.isSeated ? (GLYPHS_PX + 4) / its.pitch : 0;
    const { width, height } = this.extent;
    const [x, y] = its.label;
    const near = { scale: least, x: width / 2 - x * least, y: height / 2 - y * least };
    this.fly(fitting.scale >= least ? fitting : near);
  }

  showSeats(seats: readonly number[]): void {
    if (seats.length === 0) return;
    const { places } = this.scene;
    const box = boxOf(
      Float32Array.from(
        seats.flatMap((seat) => [places[2 * seat] as number, places[2 * seat + 1] as number]),
      ),
    );
    const pitch = this.pointer.sectionOf(seats[0] as number)?.pitch ?? 2;
    this.fly(this.camera.framing(box, 60, 32 / pitch));
  }

  /** Where a place lies on the screen. */
  spot(place: Place): { x: number; y: number } {
    const at =
      place.kind === "seat"
        ? ([this.scene.places[2 * place.seat], this.scene.places[2 * place.seat + 1]] as [number, number])
        : (this.scene.sections[place.section] as SceneSection).label;
    const [x, y] = this.camera.toScreen(at[0], at[1]);
    return { x, y };
  }

  /** The next place in a direction, brought on the screen. */
  step(from: Place, direction: Direction): Place | undefined {
    const next = this.pointer.step(from, direction);
    if (next !== undefined) this.bringUp(next);
    return next;
  }

  middleSeat = (section: number): number | undefined => this.pointer.middleSeat(section);

  private bringUp(place: Place): void {
    const { x, y } = this.spot(place);
    const { width, height } = this.extent;
    const edge = 48;
    const by = (at: number, size: number) =>
      at < edge ? edge - at : at > size - edge ? size - edge - at : 0;
    const [dx, dy] = [by(x, width), by(y, height)];
    if (dx === 0 && dy === 0) return;
    this.camera.pan(dx, dy);
    this.viewMoved();
  }

  // ---- what people do ----

  private readonly gestured = {
    touched: () => this.camera.stop(),
    pan: (dx: number, dy: number) => {
      this.camera.pan(dx, dy);
      this.viewMoved();
    },
    zoom: (factor: number, x: number, y: number) => {
      this.camera.zoom(factor, x, y);
      this.viewMoved();
    },
    fling: (vx: number, vy: number) => {
      if (this.isStill) return;
      this.camera.fling(vx, vy, performance.now());
      this.viewMoved();
    },
    doubleTap: (x: number, y: number) => {
      // Where seats are large enough to be chosen, a second tap is meant for the seat.
      const place = this.pointer.placeAt(x, y, true);
      const pitch = place?.kind === "seat" ? (this.pointer.sectionOf(place.seat)?.pitch ?? 0) : 0;
      if (place !== undefined && pitch * this.camera.view.scale >= GLYPHS_PX) this.told.tapped(place);
      else this.fly(this.camera.zoomed(ZOOM_STEP, x, y));
    },
    tap: (x: number, y: number, isTouch: boolean) => {
      const place = this.pointer.placeAt(x, y, isTouch);
      if (place !== undefined) this.told.tapped(place);
    },
    hover: (at: { x: number; y: number } | null) => {
      const place = at === null ? undefined : this.pointer.placeAt(at.x, at.y, false);
      if (place === undefined && !this.isHovering) return;
      this.isHovering = place !== undefined;
      this.told.hovered(place ?? null, place === undefined ? { x: 0, y: 0 } : this.spot(place));
    },
  };

  // ---- what the house does ----

  private onChanges = (changed: readonly number[]): void => {
    const now = performance.now();
    if (changed.length > LEAVING_MOST * 8) this.painters?.easel.spoilSeats();
    else {
      this.painters?.easel.again(changed);
      if (!this.isStill && changed.length <= LEAVING_MOST && this.where.isOpen)
        for (const seat of changed) if (!this.chosen.mine.has(seat)) this.leaving.set(seat, now);
    }
    this.ask();
  };

  private resize(): void {
    const [width, height] = [this.host.clientWidth || 1, this.host.clientHeight || 1];
    this.extent = { width, height };
    this.miniExtent = { width: this.mini.clientWidth, height: this.mini.clientHeight };
    this.ratio = Math.min(RATIO_MAX, window.devicePixelRatio || 1);
    this.over.width = Math.round(width * this.ratio);
    this.over.height = Math.round(height * this.ratio);
    this.painters?.easel.resize({ width, height }, this.ratio);
    this.camera.resize({ width, height }, this.insets());
    this.viewMoved();
  }

  private insets(): Insets {
    const told = getComputedStyle(this.host)
      .getPropertyValue("--map-insets")
      .split(" ")
      .map(Number.parseFloat);
    const [top = 24, right = 24, bottom = 24, left = 24] = told.filter((each) => !Number.isNaN(each));
    return { top, right, bottom, left };
  }

  private repaint(): void {
    if (this.painters === undefined) return;
    const palette: Palette = readPalette(this.host);
    this.painters.house.takePalette(palette);
    this.painters.seats.palette = palette;
    this.painters.seats.glyphs = new Glyphs(palette, RATIO_MAX);
    this.painters.easel.spoil();
    this.viewMoved();
  }

  // ---- frames ----

  private fly(to: { scale: number; x: number; y: number }): void {
    this.camera.flyTo(to, performance.now(), this.isStill ? 0 : undefined);
    this.viewMoved();
  }

  private viewMoved(): void {
    // What a mouse pointed at lies somewhere else now.
    if (this.isHovering) this.gestured.hover(null);
    this.isMoved = true;
    this.ask();
  }

  private ask(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.onFrame);
  }

  /** Whether a frame is to come. */
  get isBusy(): boolean {
    return this.frame !== 0;
  }

  private onFrame = (now: number): void => {
    this.frame = 0;
    if (this.camera.isMoving) {
      this.camera.advance(now);
      this.isMoved = true;
    }
    const wasMoved = this.isMoved;
    const isOwing = this.paint(now);
    if (wasMoved) this.say();
    if (this.camera.isMoving || this.leaving.size > 0 || isOwing) this.ask();
  };

  /** True while there is more to paint. */
  private paint(now: number): boolean {
    const { painters, chosen, camera, scene, ratio } = this;
    const left = new Map<number, number>();
    painters?.easel.again(this.leaving.keys());
    for (const [seat, since] of this.leaving) {
      const part = 1 - (now - since) / LEAVING_MS;
      if (part > 0) left.set(seat, part);
      else this.leaving.delete(seat);
    }
    this.left = left;
    let isOwing = false;
    if (painters !== undefined) {
      const { easel, over, house } = painters;
      const isMoving = this.isMoved || camera.isMoving;
      isOwing = easel.paint(camera.view, { whole: camera.whole(), isMoving, now });
      if (this.isMoved || this.isOverDirty) {
        const isBare = chosen.section === null && chosen.focus === null;
        if (!isBare || !this.isBare)
          paintOver(over, { scene, camera, ratio, chosen, palette: house.palette });
        this.isBare = isBare;
        const { extent: size, miniExtent } = this;
        paintMini(this.mini, { scene, camera, chosen, palette: house.palette, size, its: miniExtent });
      }
    }
    this.isMoved = false;
    this.isOverDirty = false;
    return isOwing;
  }

  private *paintAll(paper: Paper, isWhole: boolean): Generator<undefined> {
    const { painters, words, chosen } = this;
    if (painters === undefined) return;
    const isOpen = (section: SceneSection) => !isWhole && painters.seats.isOpen(section, paper.view.scale);
    yield* painters.house.paint(paper, { looks: chosen.looks, isOpen, words });
    if (!isWhole) yield* painters.seats.paint(paper, { ...chosen, leaving: this.left });
  }

  private paintSeat(seat: number, paper: Paper): void {
    this.painters?.seats.again(seat, paper, { ...this.chosen, leaving: this.left });
  }

  private say(): void {
    const seen = this.camera.seen();
    const { width, height } = this.extent;
    const [x, y] = this.camera.toChart(width / 2, height / 2);
    const shown = this.scene.sections.filter(
      (section) =>
        section.isSeated && section.pitch * this.camera.view.scale >= SEATS_PX && overlap(section.box, seen),
    );
    const middle = shown.find((section) => contains(section.outline, x, y)) ?? shown[0];
    const next: Where = {
      isOpen: shown.length > 0,
      section: middle?.index ?? null,
      isWhole: this.camera.isWhole(),
      isClosest: this.camera.isClosest(),
    };
    const isSame = (Object.keys(next) as (keyof Where)[]).every((key) => next[key] === this.where[key]);
    this.where = next;
    if (!isSame) this.told.moved(next);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.told.looksAt(shown), REST_MS);
  }
}
