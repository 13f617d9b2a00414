import type { Camera } from "./camera";
import { type Direction, towards } from "./directions";
import type { SeatGrid } from "./grid";
import { SEATS_PX } from "./paint-seats";
import type { Place } from "./place";
import { contains, edgeDistance, type Scene, type SceneSection } from "./scene";

const SNAP_PX = 22;

/** Which place somebody means, by a point of the screen or by a direction. */
export class Pointer {
  private readonly scene: Scene;
  private readonly grid: SeatGrid;
  private readonly camera: Camera;

  constructor(scene: Scene, { grid, camera }: { grid: SeatGrid; camera: Camera }) {
    this.scene = scene;
    this.grid = grid;
    this.camera = camera;
  }

  sectionOf = (seat: number): SceneSection | undefined =>
    this.scene.sections[this.scene.rows[this.scene.rowOf[seat] as number]?.section ?? -1];

  /** What a tap at a point means: the seat there, or the section. A finger is given 44 pixels. */
  placeAt(x: number, y: number, isTouch: boolean): Place | undefined {
    const [cx, cy] = this.camera.toChart(x, y);
    const section = this.nearest(x, y, SNAP_PX);
    if (section === null) return undefined;
    const its = this.scene.sections[section] as SceneSection;
    const pitch = its.pitch * this.camera.view.scale;
    if (its.isSeated && pitch >= (isTouch ? 14 : SEATS_PX)) {
      const reach = Math.max(SNAP_PX, pitch * 0.7) / this.camera.view.scale;
      const found = this.grid.near(cx, cy, reach)[0];
      if (found !== undefined) return { kind: "seat", seat: found.seat };
    }
    return { kind: "section", section };
  }

  /** The section at a point, or the nearest within so many pixels. */
  nearest(x: number, y: number, reach: number): number | null {
    const [cx, cy] = this.camera.toChart(x, y);
    let best: number | null = null;
    let least = reach / this.camera.view.scale;
    for (const section of this.scene.sections) {
      if (contains(section.outline, cx, cy)) return section.index;
      const distance = edgeDistance(section.outline, cx, cy);
      if (distance < least) [best, least] = [section.index, distance];
    }
    return best;
  }

  /** The next place in a direction. */
  step(from: Place, direction: Direction): Place | undefined {
    return from.kind === "seat"
      ? this.nextSeat(from.seat, direction)
      : this.nextSection(from.section, direction);
  }

  /** The seat nearest the middle of a section. */
  middleSeat(section: number): number | undefined {
    const its = this.scene.sections[section];
    if (its === undefined || !its.isSeated) return undefined;
    return (
      this.grid
        .near(its.label[0], its.label[1], its.pitch * 12)
        .find(({ seat }) => this.sectionOf(seat) === its)?.seat ?? its.first
    );
  }

  private nextSeat(seat: number, direction: Direction): Place | undefined {
    const its = this.sectionOf(seat);
    const reach = (its?.pitch ?? 2) * 9;
    const [x, y] = [this.scene.places[2 * seat] as number, this.scene.places[2 * seat + 1] as number];
    const around = this.grid
      .near(x, y, reach)
      .map(
        (each) =>
          [
            this.scene.places[2 * each.seat] as number,
            this.scene.places[2 * each.seat + 1] as number,
            each.seat,
          ] as const,
      );
    const found = towards(direction, [x, y], around);
    return found === undefined ? undefined : { kind: "seat", seat: found };
  }

  private nextSection(section: number, direction: Direction): Place | undefined {
    const from = this.scene.sections[section]?.label ?? [0, 0];
    const places = this.scene.sections.map(({ label, index }) => [label[0], label[1], index] as const);
    const found = towards(direction, from, places);
    return found === undefined ? undefined : { kind: "section", section: found };
  }
}
