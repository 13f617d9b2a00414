import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "@/testing/fake-socket";
import { setWireForTests } from "./connection";
import { roomFeed } from "./room-feed";

type Frame = { eventId: string; inside: number };

const SILENCE_MS = 10_000;

function open({ silenceMs }: { silenceMs?: number } = { silenceMs: SILENCE_MS }) {
  const wire = new FakeSocket();
  setWireForTests(wire);
  const read = vi.fn(() => Promise.resolve());
  const heard: Frame[] = [];
  const feed = roomFeed<Frame>({
    room: "gate",
    eventId: "e",
    read,
    hear: (frame) => heard.push(frame),
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  const watcher = vi.fn();
  const stop = feed.watch(watcher);
  const join = (ok = true) => {
    wire.open();
    wire.answer("gate:subscribe", ok ? { ok } : { ok, error: { code: "AUTH004", message: "" } });
  };
  return { wire, feed, read, heard, watcher, stop, join };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a room of an event", () => {
  it("is live from the answer on, hears frames of its event alone, and reads at once what it missed", () => {
    const { wire, feed, read, heard, join } = open();
    expect(feed.read().state).toBe("late");
    join();
    expect([feed.read().state, read.mock.calls.length]).toEqual(["live", 1]);
    wire.receive("gate:update", { eventId: "e", inside: 7 });
    wire.receive("gate:update", { eventId: "other", inside: 9 });
    expect(heard).toEqual([{ eventId: "e", inside: 7 }]);
  });

  it("is late, and as old as the last word, once the server says nothing any more", () => {
    const { wire, feed, watcher, join } = open();
    join();
    vi.advanceTimersByTime(SILENCE_MS - 1_000);
    expect(feed.read().state).toBe("live");
    vi.advanceTimersByTime(3_000);
    const { state, at } = feed.read();
    expect(state).toBe("late");
    vi.advanceTimersByTime(60_000);
    expect(feed.read()).toEqual({ state: "late", at });
    expect(wire.said("gate:subscribe").length, "whoever is silent is asked").toBe(2);
    const told = watcher.mock.calls.length;
    wire.receive("gate:update", { eventId: "e", inside: 8 });
    expect(feed.read().state).toBe("live");
    expect(watcher.mock.calls.length).toBe(told + 1);
  });

  it("enters anew and reads anew each time the line stands again", () => {
    const { wire, feed, read, join } = open();
    join();
    wire.connected = false;
    wire.receive("disconnect");
    expect(feed.read().state).toBe("late");
    join();
    expect(feed.read().state).toBe("live");
    expect([wire.said("gate:subscribe").length, read.mock.calls.length]).toEqual([2, 2]);
  });

  it("is as old as its line, where silence says that nothing changed", () => {
    const { feed, wire, join } = open({});
    join();
    vi.advanceTimersByTime(300_000);
    expect(feed.read().state).toBe("live");
    expect(Date.now() - (feed.read().at ?? 0)).toBeLessThanOrEqual(1_000);
    wire.connected = false;
    wire.receive("disconnect");
    const { at } = feed.read();
    vi.advanceTimersByTime(60_000);
    expect(feed.read()).toEqual({ state: "late", at });
  });

  it("is read by HTTP where the server refuses it, and is not live then", async () => {
    const { feed, read, join } = open();
    join(false);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(feed.read().state).toBe("late");
    expect(read.mock.calls.length).toBe(2);
    read.mockRejectedValue(new Error("no network"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(feed.read().state).toBe("off");
  });

  it("is one subscription for all who look, and leaves with the last of them", () => {
    const { wire, feed, stop, join } = open();
    const stopOther = feed.watch(() => undefined);
    join();
    expect(wire.said("gate:subscribe")).toEqual([{ eventId: "e" }]);
    stop();
    expect(wire.said("gate:unsubscribe")).toEqual([]);
    stopOther();
    expect(wire.said("gate:unsubscribe")).toEqual([{ eventId: "e" }]);
    expect(["connect", "gate:update"].map((name) => wire.count(name))).toEqual([0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
