import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHART } from "@/testing/fixtures";
import { SeatHouse } from "../seat-house";
import { Glyphs, NEW_A_FRAME } from "./glyphs";
import { MapEngine } from "./map-engine";
import { NO_LOOK, type SectionLook } from "./paint-house";
import { readPalette } from "./palette";
import type { Chosen, Place, Where } from "./place";
import { sceneOf } from "./scene";

// What the map tells a canvas to draw, from a canvas that writes it down: jsdom has none.

interface Stroke {
  on: string;
  did: string;
  what: readonly unknown[];
  fill: unknown;
  line: unknown;
  alpha: unknown;
}
let drawn: Stroke[] = [];

class Path {
  moveTo() {}
  lineTo() {}
  closePath() {}
  rect() {}
}

function paper(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const state: Record<string, unknown> = { canvas, globalAlpha: 1, fontStretch: "normal" };
  return new Proxy(state, {
    get: (_, name: string) =>
      name in state
        ? state[name]
        : (...what: unknown[]) => {
            const { fillStyle: fill, strokeStyle: line, globalAlpha: alpha } = state;
            drawn.push({ on: canvas.id || "stamp", did: name, what, fill, line, alpha });
            return name === "createPattern" ? { setTransform: () => undefined } : undefined;
          },
  }) as unknown as CanvasRenderingContext2D;
}

const papers = new WeakMap<HTMLCanvasElement, CanvasRenderingContext2D>();
const texts = (on = "base") =>
  drawn.filter((each) => each.on === on && each.did === "fillText").map(({ what }) => what[0]);
const did = (on: string, name: string) => drawn.filter((each) => each.on === on && each.did === name);

const COLOURS = ["surface", "flood", "on-flood", "focus", "focus-halo", "seat-sold", "seat-held", "map-sold"];
const TERRACE: SectionLook = { ...NO_LOOK, rank: 1, price: "€26" };
const STAND: SectionLook = { ...NO_LOOK, rank: 2, price: "€52" };
const CHOSEN: Chosen = {
  looks: [TERRACE, STAND],
  section: null,
  mine: new Set(),
  asked: new Set(),
  isAccessible: false,
  focus: null,
};

const frames = async () => {
  for (let n = 0; n < 3; n++) await new Promise((done) => requestAnimationFrame(done));
};
const sized = (element: HTMLElement, width: number, height: number) =>
  Object.defineProperties(element, { clientWidth: { value: width }, clientHeight: { value: height } });

let engine: MapEngine | undefined;

async function drawing() {
  const host = sized(document.createElement("div"), 390, 320);
  for (const name of [...COLOURS, "p1", "p2"]) host.style.setProperty(`--${name}`, name);
  const [base, over, mini] = ["base", "over", "mini"].map((id) => {
    const canvas = sized(document.createElement("canvas"), 100, 75) as HTMLCanvasElement;
    canvas.id = id;
    return canvas;
  }) as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
  document.body.append(host);
  const scene = sceneOf(CHART, false);
  const house = new SeatHouse(scene);
  const told = {
    tapped: vi.fn<(place: Place) => void>(),
    hovered: vi.fn(),
    moved: vi.fn<(where: Where) => void>(),
    looksAt: vi.fn(),
  };
  const made = new MapEngine({ host, base, over, mini, scene, house, words: { stage: "Stage" }, told });
  engine = made;
  made.show(CHOSEN);
  await frames();
  return { engine: made, house, told, host, scene };
}

beforeEach(() => {
  drawn = [];
  vi.stubGlobal("Path2D", Path);
  vi.stubGlobal("DOMMatrix", class {});
  // Nothing flies: where the view goes, it is at once.
  vi.spyOn(window, "matchMedia").mockReturnValue({ matches: true } as MediaQueryList);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement) {
    const known = papers.get(this) ?? paper(this);
    papers.set(this, known);
    return known as never;
  });
});
afterEach(() => {
  engine?.destroy();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

describe("the map's canvas", () => {
  it("shows the whole house as tinted sections, names and prices where there is room, and no seat", async () => {
    const { told } = await drawing();
    expect(texts()).toEqual(["Terrace", "€26", "G"]);
    expect(did("base", "fill").map(({ fill }) => fill)).toEqual(expect.arrayContaining(["p1", "p2"]));
    expect(did("base", "drawImage")).toEqual([]);
    expect(told.moved).not.toHaveBeenCalledWith(expect.objectContaining({ isOpen: true }));
    expect(did("mini", "strokeRect")).not.toEqual([]);
  });

  it("says of a section that is gone its name alone, of one with few left by a sign", async () => {
    const { engine } = await drawing();
    drawn = [];
    engine.show({ ...CHOSEN, looks: [{ ...TERRACE, isGone: true, isFew: true }, STAND] });
    await frames();
    expect(texts()).toEqual(["Terrace", "G"]);
    expect(did("base", "createPattern")).toHaveLength(1);
    expect(did("base", "arc")).toEqual([]);
    drawn = [];
    engine.show({ ...CHOSEN, looks: [{ ...TERRACE, isFew: true, isDim: true }, STAND] });
    await frames();
    expect(texts()).toEqual(["Terrace", "€26", "G"]);
    expect(did("base", "arc")).toHaveLength(3);
    expect(did("base", "createPattern")).toEqual([]);
  });

  it("shows the seats of a section by their numbers, and tells that it is open", async () => {
    const { engine, told } = await drawing();
    drawn = [];
    engine.showSection(1);
    await frames();
    expect(told.moved).toHaveBeenLastCalledWith(expect.objectContaining({ isOpen: true, section: 1 }));
    expect(did("base", "drawImage").length).toBeGreaterThan(0);
    expect(texts("stamp").length).toBeGreaterThan(0);
    await vi.waitFor(() =>
      expect(told.looksAt).toHaveBeenLastCalledWith([expect.objectContaining({ name: "Section 110" })]),
    );
  });

  it("draws only the seat anew that was sold", async () => {
    const { engine, house } = await drawing();
    engine.showSeats([5]);
    await frames();
    drawn = [];
    house.takeChanges("stand", [["F", 6, "S"]]);
    await frames();
    expect(did("base", "drawImage")).toHaveLength(1);
    expect(did("base", "fillRect").map(({ fill }) => fill)).toEqual(["surface"]);
    expect(did("stamp", "fill").map(({ fill }) => fill)).toEqual(["seat-sold"]);
  });

  it("has a sign of its own for each kind of seat", async () => {
    const { engine, house, scene } = await drawing();
    const all = Array.from({ length: scene.seats }, (_, seat) => seat);
    house.takeChanges("stand", [
      ["F", 5, "H"],
      ["F", 6, "S"],
    ]);
    engine.showSection(1);
    engine.showSeats(all.slice(0, 6));
    engine.show({ ...CHOSEN, isAccessible: true, mine: new Set([2]), asked: new Set([3]) });
    await frames();
    const stamps = did("stamp", "fill").map(({ fill }) => fill);
    expect(stamps).toEqual(expect.arrayContaining(["seat-sold", "flood", "p2"]));
    expect(did("stamp", "stroke").map(({ line }) => line)).toContain("seat-held");
    // Who looks for a wheelchair place sees the others faintly.
    expect(new Set(did("base", "drawImage").map(({ alpha }) => alpha))).toEqual(new Set([1, 0.2]));
  });

  it("rings what is chosen, and where the keyboard is", async () => {
    const { engine } = await drawing();
    drawn = [];
    engine.show({ ...CHOSEN, section: 0, focus: { kind: "seat", seat: 3 } });
    await frames();
    expect(did("over", "stroke").map(({ line }) => line)).toEqual([
      "on-flood",
      "flood",
      "focus-halo",
      "focus",
    ]);
    expect(did("base", "fillText")).toEqual([]);
    engine.show({ ...CHOSEN, focus: { kind: "section", section: 1 } });
    await frames();
    expect(did("over", "stroke").at(-1)?.line).toBe("focus");
  });

  it("goes closer to a section, from seat to seat, and back to the whole", async () => {
    const { engine, told } = await drawing();
    engine.zoomBy(1);
    await frames();
    expect(told.moved).toHaveBeenLastCalledWith(expect.objectContaining({ isWhole: false }));
    const next = engine.step({ kind: "seat", seat: 0 }, "right");
    expect(next).toEqual({ kind: "seat", seat: 1 });
    const { x, y } = engine.spot({ kind: "seat", seat: 1 });
    expect([x >= 0 && x <= 390, y >= 0 && y <= 320]).toEqual([true, true]);
    engine.zoomBy(-1);
    engine.showWhole();
    await frames();
    expect(told.moved).toHaveBeenLastCalledWith(expect.objectContaining({ isWhole: true }));
  });

  it("takes the colours of another theme", async () => {
    const { host } = await drawing();
    host.style.setProperty("--p1", "night");
    drawn = [];
    document.documentElement.setAttribute("data-theme", "dark");
    await vi.waitFor(() => expect(did("base", "fill").map(({ fill }) => fill)).toContain("night"));
    document.documentElement.removeAttribute("data-theme");
  });
});

describe("seats with numbers", () => {
  it("come some a frame, each first from another size, and none is owed in the end", () => {
    const on = document.createElement("canvas");
    on.id = "base";
    const glyphs = new Glyphs(readPalette(document.body), 1);
    const frame = (half: number) => {
      drawn = [];
      glyphs.begin();
      for (let number = 1; number <= 60; number++)
        glyphs.stamp(on.getContext("2d") as never, { kind: "free", rank: 1, number }, 0, 0, half);
      expect(did("base", "drawImage")).toHaveLength(60);
      return { written: texts("stamp").length, isOwing: glyphs.isOwing };
    };
    const owing = { written: NEW_A_FRAME, isOwing: true };
    for (const half of [12, 15]) {
      // The plain one that stands in for what is owed was made beside.
      expect(frame(half)).toEqual(owing);
      expect(frame(half)).toEqual(owing);
      expect(frame(half)).toEqual({ written: 60 - 2 * NEW_A_FRAME, isOwing: false });
      expect(frame(half)).toEqual({ written: 0, isOwing: false });
    }
  });
});
