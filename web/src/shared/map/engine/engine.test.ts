import { describe, expect, it } from "vitest";
import { CHART } from "@/testing/fixtures";
import { SeatHouse } from "../seat-house";
import { Camera } from "./camera";
import { towards } from "./directions";
import { type Gestured, listenTo } from "./gestures";
import { SeatGrid } from "./grid";
import { Pointer } from "./pointer";
import { ACCESSIBLE, COMPANION, findSeat, RESTRICTED, sceneOf, seatAt } from "./scene";

const scene = sceneOf(CHART, false);
const INSETS = { top: 0, right: 0, bottom: 0, left: 0 };

function looking({ width = 400, height = 300 } = {}) {
  const camera = new Camera(scene.bounds, 10);
  camera.resize({ width, height }, INSETS);
  const grid = new SeatGrid(scene.places, { bounds: scene.bounds, cell: 40 });
  return { camera, grid, pointer: new Pointer(scene, { grid, camera }) };
}

describe("a scene", () => {
  it("numbers seats as the packed states do, and knows what each is", () => {
    const last = findSeat(scene, { sectionId: "stand", row: "G", seat: 20 }) as number;
    expect(last).toBe(39);
    expect(seatAt(scene, last)).toMatchObject({ row: { label: "G" }, seat: 20, printed: 20 });
    expect([scene.marks[0], scene.marks[1], scene.marks[39]]).toEqual([ACCESSIBLE, COMPANION, RESTRICTED]);
    expect(findSeat(scene, { sectionId: "stand", row: "G", seat: 21 })).toBeUndefined();
    expect(scene.sections[1]).toMatchObject({ pitch: 10, seats: 40, isSeated: true });
  });

  it("stands upright on a phone, turned a quarter to the right", () => {
    const upright = sceneOf(CHART, true);
    expect([upright.places[0], upright.places[1]]).toEqual([-200, 100]);
    expect(upright.bounds).toEqual({ left: -300, top: 0, right: 0, bottom: 400 });
  });
});

describe("the camera", () => {
  it("shows the whole house at first, and keeps a point still while it zooms about it", () => {
    const { camera } = looking();
    expect(camera.isWhole()).toBe(true);
    const before = camera.toChart(120, 210);
    camera.zoom(3, 120, 210);
    const after = camera.toChart(120, 210);
    expect(after[0]).toBeCloseTo(before[0], 6);
    expect(after[1]).toBeCloseTo(before[1], 6);
  });

  it("goes no further out than the house and no closer than a seat", () => {
    const { camera } = looking();
    camera.zoom(0.1, 0, 0);
    expect(camera.view.scale).toBeCloseTo(camera.least, 6);
    camera.zoom(1_000, 0, 0);
    expect(camera.view.scale).toBeCloseTo(camera.most, 6);
  });

  it("never loses the house from the screen", () => {
    const { camera } = looking();
    camera.pan(100_000, -100_000);
    const seen = camera.seen();
    expect(seen.left).toBeLessThan(scene.bounds.right);
    expect(seen.bottom).toBeGreaterThan(scene.bounds.top);
  });

  it("comes to rest where it flew to, and after a push", () => {
    const { camera } = looking();
    camera.flyTo({ scale: 4, x: -500, y: -600 }, 0);
    expect(camera.advance(100)).toBe(true);
    expect(camera.advance(400)).toBe(false);
    expect(camera.view.scale).toBeCloseTo(4, 6);
    camera.fling(1, 0, 0);
    let now = 0;
    do now += 16;
    while (camera.advance(now) && now < 10_000);
    expect(now).toBeLessThan(3_000);
  });
});

describe("pointing", () => {
  it("finds what lies near, and nothing else", () => {
    const { grid } = looking();
    expect(grid.near(131, 201, 9).map(({ seat }) => seat)).toEqual([3]);
    const all: number[] = [];
    grid.each(scene.bounds, (seat) => all.push(seat));
    expect(all).toHaveLength(40);
  });

  it("means the section from afar, the seat from near, and the nearest of both by a finger", () => {
    const { camera, pointer } = looking();
    camera.zoom(0.5, 0, 0);
    expect(pointer.placeAt(200, 40, true)).toEqual({ kind: "section", section: 0 });
    camera.zoom(3, 130, 200);
    expect(pointer.placeAt(130, 200, true)).toEqual({ kind: "seat", seat: 3 });
    expect(pointer.placeAt(136, 190, true)).toEqual({ kind: "seat", seat: 3 });
    camera.zoom(0.01, 0, 0);
    // Just outside of the stand: a finger snaps to it.
    const [x, y] = camera.toScreen(200, 228);
    expect(pointer.placeAt(x, y, true)).toMatchObject({ kind: expect.any(String) });
  });

  it("steps in a direction, along a row and from row to row", () => {
    const { pointer } = looking();
    expect(pointer.step({ kind: "seat", seat: 3 }, "right")).toEqual({ kind: "seat", seat: 4 });
    expect(pointer.step({ kind: "seat", seat: 3 }, "down")).toEqual({ kind: "seat", seat: 23 });
    expect(pointer.step({ kind: "seat", seat: 0 }, "left")).toBeUndefined();
    expect(pointer.step({ kind: "section", section: 0 }, "down")).toEqual({ kind: "section", section: 1 });
    expect(towards("up", [0, 0], [[0, 5, 1]])).toBeUndefined();
  });
});

describe("gestures", () => {
  function fingers() {
    const at = document.createElement("div");
    const said: [string, ...number[]][] = [];
    const told: Gestured = {
      pan: (dx, dy) => said.push(["pan", dx, dy]),
      zoom: (factor, x, y) => said.push(["zoom", Number(factor.toFixed(3)), x, y]),
      fling: () => said.push(["fling"]),
      tap: (x, y) => said.push(["tap", x, y]),
      doubleTap: (x, y) => said.push(["double", x, y]),
      hover: () => undefined,
      touched: () => undefined,
    };
    listenTo(at, told);
    const say = (type: string, id: number, x: number, y: number) => {
      const event = new MouseEvent(type, { clientX: x, clientY: y, button: 0 });
      Object.assign(event, { pointerId: id, pointerType: "touch" });
      at.dispatchEvent(event);
    };
    return { at, said, say };
  }

  it("pinches about the middle of the fingers", () => {
    const { said, say } = fingers();
    say("pointerdown", 1, 100, 100);
    say("pointerdown", 2, 200, 100);
    say("pointermove", 2, 300, 100);
    expect(said).toEqual([
      ["pan", 50, 0],
      ["zoom", 2, 200, 100],
    ]);
  });

  it("tells a tap from a drag, and two taps from one", () => {
    const { said, say } = fingers();
    for (let n = 0; n < 2; n++) {
      say("pointerdown", 1, 50, 50);
      say("pointermove", 1, 52, 51);
      say("pointerup", 1, 52, 51);
    }
    say("pointerdown", 1, 50, 50);
    for (const x of [70, 90, 120]) say("pointermove", 1, x, 50);
    say("pointerup", 1, 120, 50);
    expect(said.map(([name]) => name)).toEqual(
      ["tap", "double", "pan", "pan"].concat(said.length > 4 ? ["fling"] : []),
    );
  });

  it("zooms by the wheel, and the page does not scroll", () => {
    const { at, said } = fingers();
    const wheel = new WheelEvent("wheel", { deltaY: -100, clientX: 10, clientY: 20, cancelable: true });
    at.dispatchEvent(wheel);
    expect(wheel.defaultPrevented).toBe(true);
    expect(said).toEqual([["zoom", 1.246, 10, 20]]);
  });
});

describe("the house", () => {
  it("reads two bits a seat, and tells what changed", () => {
    const house = new SeatHouse(scene);
    const heard: number[][] = [];
    house.watch((changed) => heard.push([...changed]));
    house.takeAll(new Uint8Array([0b11_10_01_00, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect([...house.states.slice(0, 5)]).toEqual([0, 1, 2, 3, 0]);
    expect(heard).toEqual([[1, 2, 3]]);
    house.takeChanges("stand", [
      ["F", 2, "F"],
      ["Z", 1, "S"],
      ["F", 99, "S"],
    ]);
    expect(house.states[1]).toBe(0);
    expect(house.read()).toBe(2);
  });

  it("lets no answer about the house undo what a followed section's frames said", () => {
    const house = new SeatHouse(scene);
    house.followed.add("stand");
    house.takeChanges("stand", [["F", 5, "S"]]);
    house.takeAll(new Uint8Array(10));
    expect(house.states[4]).toBe(2);
  });

  it("is cut in pieces where nobody sits side by side", () => {
    const house = new SeatHouse(scene);
    house.takeChanges("stand", [["F", 3, "H"]]);
    expect(house.stretches({ first: 0, seats: 6, gaps: [4] })).toEqual([
      { from: 0, letters: "FFHF" },
      { from: 4, letters: "FF" },
    ]);
  });
});
