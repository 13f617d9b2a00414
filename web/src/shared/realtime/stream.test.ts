import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "@/testing/fake-socket";
import { type Ack, order, POLL_MS, Stream, type Topic, type Verdict } from "./stream";

// The stream under a topic of another kind than the event's: one number a section, changes instead of counts.

interface Seats {
  sequence: number;
  epoch: string;
  taken: string[];
}
type Frame = { eventId: string; sectionId: string; sequence: number; epoch: string; changes: string[] };

class SeatTopic implements Topic {
  readonly name = "seats";
  readonly subject = { eventId: "e", sectionId: "s" };
  readonly frames = { "seats:update": (frame: Frame) => this.onFrame(frame) };
  known: Seats | undefined;
  poll = vi.fn(async () => undefined);
  isCounted = () => this.known !== undefined;
  since = () => this.known && { seats: this.known.sequence };
  take(ack: Ack & { snapshot?: Seats }): void {
    this.known = ack.snapshot ?? this.known;
  }
  private onFrame(frame: Frame): Verdict {
    const place = order(this.known, frame);
    if (place !== "next" || this.known === undefined) return place === "seen" ? "seen" : "gap";
    this.known = { ...frame, taken: [...this.known.taken, ...frame.changes] };
    return "fresh";
  }
}

const frame = (sequence: number, ...changes: string[]): Frame => ({
  eventId: "e",
  sectionId: "s",
  sequence,
  epoch: "1",
  changes,
});

function open() {
  const wire = new FakeSocket();
  const topic = new SeatTopic();
  const stream = new Stream({ wire, topic });
  const stop = stream.watch(() => undefined);
  wire.open();
  wire.answer("seats:subscribe", { ok: true, epoch: "1", snapshot: { sequence: 4, epoch: "1", taken: [] } });
  return { wire, topic, stream, stop };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a stream of any topic", () => {
  it("speaks by the topic's name and subject, and leaves with the last watcher", () => {
    const { wire, stop } = open();
    expect(wire.said("seats:subscribe")).toEqual([{ eventId: "e", sectionId: "s" }]);
    stop();
    expect(wire.said("seats:unsubscribe")).toEqual([{ eventId: "e", sectionId: "s" }]);
    expect(["connect", "disconnect", "wake", "seats:update"].map((name) => wire.count(name))).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it("lets frames of another subject pass by", () => {
    const { wire, topic } = open();
    wire.receive("seats:update", { ...frame(5, "A1"), sectionId: "other" });
    expect(topic.known?.sequence).toBe(4);
  });

  it("applies every frame once and in order, whatever the wire does to them", () => {
    const { wire, topic } = open();
    wire.receive("seats:update", frame(5, "A1"));
    wire.receive("seats:update", frame(5, "A1"));
    wire.receive("seats:update", frame(8, "A4"));
    expect(wire.said("seats:subscribe").at(-1)).toEqual({
      eventId: "e",
      sectionId: "s",
      since: { seats: 5 },
    });
    wire.answer("seats:subscribe", { ok: true, epoch: "1" });
    for (const missed of [frame(6, "A2"), frame(7, "A3"), frame(8, "A4")])
      wire.receive("seats:update", missed);
    expect(topic.known?.taken).toEqual(["A1", "A2", "A3", "A4"]);
  });

  it("goes through what waited for a snapshot by its numbers", () => {
    const { wire, topic } = open();
    for (const late of [frame(12, "C"), frame(10, "A"), frame(11, "B")]) wire.receive("seats:update", late);
    const snapshot = { sequence: 10, epoch: "1", taken: ["A"] };
    wire.answer("seats:subscribe", { ok: true, epoch: "1", snapshot });
    expect(topic.known?.taken).toEqual(["A", "B", "C"]);
  });

  it("polls while the server refuses, and stops with the last watcher", async () => {
    const { wire, topic, stop } = open();
    wire.open();
    wire.answer("seats:subscribe", { ok: false, error: { code: "SYS002", message: "" } });
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(topic.poll).toHaveBeenCalledTimes(2);
    stop();
    await vi.advanceTimersByTimeAsync(POLL_MS * 3);
    expect(topic.poll).toHaveBeenCalledTimes(2);
  });
});

describe("the order of frames", () => {
  const known = { sequence: 4, epoch: "1" };
  it.each([
    [{ sequence: 5, epoch: "1" }, "next"],
    [{ sequence: 4, epoch: "1" }, "seen"],
    [{ sequence: 6, epoch: "1" }, "gap"],
    [{ sequence: 5, epoch: "2" }, "gap"],
    [{ sequence: null, epoch: "1" }, "gap"],
  ] as const)("%o is %s", (next, place) => expect(order(known, next)).toBe(place));
});
