import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Easel } from "./easel";

const WHOLE = { scale: 1, x: 0, y: 0 };
const CLOSER = { scale: 2, x: 0, y: 0 };

let clock = 0;
let steps = 0;
let length = 0;
let redrawn: number[] = [];

/** As long as a step takes. */
let stepMs = 0;

const context = (canvas: HTMLCanvasElement) =>
  new Proxy({ canvas } as Record<string, unknown>, {
    get: (state, name: string) => (name in state ? state[name] : () => undefined),
  }) as unknown as CanvasRenderingContext2D;

function easel() {
  const base = document.createElement("canvas");
  document.body.append(base);
  const made = Easel.on(base, {
    *all() {
      for (let n = 0; n < length; n++) {
        steps += 1;
        clock += stepMs;
        yield;
      }
    },
    again: (seat) => redrawn.push(seat),
  });
  if (made === undefined) throw new Error("jsdom's canvas has no paper");
  made.resize({ width: 100, height: 100 }, 1);
  let at = 0;
  /** A frame that comes so long after the one before, and of which others had so much. */
  const frame = (view = WHOLE, { after = 1_000 / 60, taken = 0, isMoving = false } = {}) => {
    at += after;
    clock = at + taken;
    const before = steps;
    const goesOn = made.paint(view, { whole: WHOLE, isMoving, now: at });
    return { goesOn, steps: steps - before, at };
  };
  const rest = () => {
    while (frame().goesOn);
  };
  const front = () =>
    [...document.querySelectorAll("canvas")].findIndex((each) => each.style.visibility !== "hidden");
  return { made, frame, rest, front };
}

beforeEach(() => {
  [clock, steps, length, stepMs, redrawn] = [0, 0, 40, 0, []];
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement) {
    return context(this) as never;
  });
});
afterEach(() => document.body.replaceChildren());

describe("a frame", () => {
  it("waits for nothing while there is no picture", () => {
    const { frame } = easel();
    expect(frame(WHOLE, { taken: 500 }).steps).toBe(40);
  });

  it("that others have used up moves what there is and paints nothing, and the next one paints", () => {
    const { frame, rest } = easel();
    rest();
    const spent = { taken: 30, isMoving: true };
    expect(frame(CLOSER, spent)).toMatchObject({ steps: 0, goesOn: true });
    expect(document.querySelector("canvas")?.style.transform).toContain("scale(2)");
    expect(frame(CLOSER, spent).steps).toBeGreaterThan(0);
  });

  it("has fewer steps after one whose steps took too long", () => {
    const { frame, rest } = easel();
    rest();
    length = 10_000;
    stepMs = 0.1;
    for (let n = 0; n < 30; n++) frame(CLOSER, { isMoving: true });
    const quick = frame(CLOSER, { isMoving: true }).steps;
    stepMs = 20;
    for (let n = 0; n < 6; n++) frame(CLOSER, { isMoving: true });
    stepMs = 0.1;
    expect(frame(CLOSER, { isMoving: true }).steps).toBeLessThan(quick);
  });

  it("learns nothing from a share that was not used up", () => {
    const { frame, rest } = easel();
    rest();
    length = 4;
    for (let n = 0; n < 60; n++) frame({ scale: 1 + n / 100, x: 0, y: 0 }, { isMoving: true });
    length = 10_000;
    expect(frame(CLOSER, { isMoving: true }).steps).toBeLessThan(100);
  });

  it("has as much on a screen that shows thirty a second to save its battery", () => {
    const { frame, rest } = easel();
    rest();
    length = 1_000_000;
    const slow = { after: 1_000 / 30, isMoving: true };
    for (let n = 0; n < 60; n++) frame(CLOSER, slow);
    expect(frame(CLOSER, slow).steps).toBeGreaterThan(200);
  });
});

it("a picture that took more than a frame is shown in one of its own", () => {
  const { frame, rest, front } = easel();
  rest();
  const before = front();
  length = 6;
  stepMs = 1;
  const shown: [steps: number, front: number][] = [];
  for (let n = 0; n < 3; n++) shown.push([frame(CLOSER, { isMoving: true }).steps, front()]);
  expect(shown).toEqual([
    [4, before],
    [2, before],
    [0, 1 - before],
  ]);
});

it("seats that change while the view moves are drawn together, the last of them once it rests", () => {
  const { made, frame, rest } = easel();
  rest();
  const pan = (x: number) => ({ ...WHOLE, x });
  frame(pan(1), { after: 200, isMoving: true });
  for (let n = 1; n <= 6; n++) {
    made.again([n]);
    frame(pan(n), { isMoving: true });
  }
  expect(redrawn).toEqual([1]);
  frame(pan(7), { after: 100, isMoving: true });
  expect(redrawn).toEqual([1, 2, 3, 4, 5, 6]);
  made.again([7]);
  expect(frame(pan(7)).goesOn).toBe(true);
  rest();
  expect(redrawn).toContain(7);
});
