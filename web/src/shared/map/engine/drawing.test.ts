import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CHART } from "@/testing/fixtures";
import { SeatHouse } from "../seat-house";
import { MapEngine } from "./map-engine";
import { NO_LOOK, type SectionLook } from "./paint-house";
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

/** Until all is painted, however many frames' shares that takes. */
const frames = async () => {
  do await new Promise((done) => requestAnimationFrame(done));
  while (engine?.isBusy);
};
const sized = (element: HTMLElement, width: number, height: number) =>
  Object.defineProperties(element, { clientWidth: { value: width }, clientHeight: { value: height } });

let engine: MapEngine | undefined;

async function drawing(chart = CHART) {
  const host = sized(document.createElement("div"), 390, 320);
  for (const name of [...COLOURS, "p1", "p2"]) host.style.setProperty(`--${name}`, name);
  const [base, over, mini] = ["base", "over", "mini"].map((id) => {
    const canvas = sized(document.createElement("canvas"), 100, 75) as HTMLCanvasElement;
    canvas.id = id;
    return canvas;
  }) as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
  host.append(base, over);
  document.body.append(host);
  const scene = sceneOf(chart, false);
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

  it.each([
    ["flat", 200, 0],
    ["upright", 20, 1],
  ])("writes on a %s stage so that the words stay on it", async (_how, right, turned) => {
    const shape: [number, number][] = [
      [0, 80],
      [right, 80],
      [right, 180],
      [0, 180],
    ];
    await drawing({
      ...CHART,
      field: { kind: "stage", shape, focus: [0, 0] },
      texts: [{ text: "Main stage", at: [right / 2, 130], size: 20 }],
    });
    expect(texts()).toContain("Main stage");
    expect(did("base", "rotate")).toHaveLength(turned);
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

describe("a picture that takes longer than a frame has", () => {
  it("is painted behind the one before, a share a frame, and misses no seat that changed meanwhile", async () => {
    const { engine, house } = await drawing();
    engine.showSeats([5]);
    await frames();
    const [base, twin] = [...document.querySelectorAll<HTMLCanvasElement>("canvas#base")];
    const front = () => [base, twin].find((each) => each?.style.visibility !== "hidden");
    const before = front();
    // A clock by which every step takes more than a frame has.
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      now += 100;
      return now;
    });
    drawn = [];
    engine.showSection(1);
    await new Promise((done) => requestAnimationFrame(done));
    // Where it went is seen at once, by what there is.
    expect(front()).toBe(before);
    expect(before?.style.transform).not.toContain("scale(1)");
    house.takeChanges("stand", [["F", 6, "S"]]);
    await frames();
    expect(front()).not.toBe(before);
    expect(front()?.style.transform).toContain("scale(1)");
    // Once more on the next picture, over what it had of it.
    const grounds = did("base", "fillRect").filter(({ fill }) => fill === "surface");
    expect(grounds).toHaveLength(1);
  });

  it("is moved as it is while there is room about it, and painted anew once the view rests", async () => {
    const { engine, host } = await drawing();
    engine.showSeats([5]);
    await frames();
    const sheets = () => [...document.querySelectorAll<HTMLCanvasElement>("canvas#base")];
    const front = () => sheets().find((each) => each.style.visibility !== "hidden");
    const say = (type: string, x: number) =>
      host.dispatchEvent(
        Object.assign(new MouseEvent(type, { clientX: x, clientY: 100, button: 0 }), {
          pointerId: 1,
          pointerType: "mouse",
        }),
      );
    const before = front();
    const at = before?.style.transform;
    say("pointerdown", 100);
    say("pointermove", 110);
    drawn = [];
    say("pointermove", 130);
    await new Promise((done) => requestAnimationFrame(done));
    expect(before?.style.transform).not.toBe(at);
    expect(did("base", "fill")).toEqual([]);
    await frames();
    expect(did("base", "fill")).not.toEqual([]);
    expect(front()).not.toBe(before);
    expect(front()?.style.transform).toBe(at);
  });
});
