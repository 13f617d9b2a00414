import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { availabilityKey, eventKey } from "@/shared/api/catalog";
import type { ArenaEvent, CapacityUpdate } from "@/shared/api/contract";
import { ACK_MS, POLL_MS, SILENCE_MS, Stream, WAKE_ACK_MS } from "@/shared/realtime/stream";
import { FakeSocket } from "@/testing/fake-socket";
import { availability, event, frame } from "@/testing/fixtures";
import { EventTopic } from "./feed";

const ACK = { ok: true, sequences: { capacity: 10, update: 3 }, epoch: "e1" };

function start({ known = undefined as CapacityUpdate | undefined } = {}) {
  const socket = new FakeSocket();
  const client = new QueryClient();
  if (known !== undefined) client.setQueryData(availabilityKey("event-1"), known);
  client.setQueryData(eventKey("event-1"), event());
  const poll = vi.fn(async () => undefined as unknown);
  const feed = new Stream({ wire: socket, topic: new EventTopic({ eventId: "event-1", client, poll }) });
  const stop = feed.watch(() => undefined);
  const counts = () => client.getQueryData<CapacityUpdate>(availabilityKey("event-1"));
  const stand = () => counts()?.sections.find((section) => section.sectionId === "stand")?.available;
  const shown = () => client.getQueryData<ArenaEvent>(eventKey("event-1"));
  return { socket, client, poll, feed, stop, counts, stand, shown };
}

/** Subscribed, with snapshot 10 in the cache. */
function live() {
  const parts = start();
  parts.socket.open();
  parts.socket.answer("event:subscribe", { ...ACK, snapshot: availability() });
  return parts;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("subscription", () => {
  it("takes the snapshot of the ack and is live", () => {
    const { socket, feed, stand } = live();
    expect(socket.said("event:subscribe")).toEqual([{ eventId: "event-1" }]);
    expect(stand()).toBe(200);
    expect(feed.read()).toEqual({ state: "live", at: Date.now() });
  });

  it("applies the next frame and ignores one it has seen", () => {
    const { socket, stand } = live();
    socket.receive("event:capacity", frame(11, 150));
    socket.receive("event:capacity", frame(11, 999));
    expect(stand()).toBe(150);
  });

  it("ignores frames of another event", () => {
    const { socket, stand } = live();
    socket.receive("event:capacity", frame(11, 1, { eventId: "other" }));
    expect(stand()).toBe(200);
  });

  it("asks again from the last number after a gap, and applies nothing out of order", () => {
    const { socket, stand } = live();
    socket.receive("event:capacity", frame(13, 80));
    expect(stand()).toBe(200);
    expect(socket.said("event:subscribe").at(-1)).toEqual({
      eventId: "event-1",
      since: { capacity: 10, update: 3 },
    });
    socket.answer("event:subscribe", { ...ACK, sequences: { capacity: 13, update: 3 } });
    for (const missed of [frame(11, 120), frame(12, 100), frame(13, 80)])
      socket.receive("event:capacity", missed);
    expect(stand()).toBe(80);
    expect(socket.said("event:subscribe")).toHaveLength(2);
  });

  it("asks once, however many frames come before the answer", () => {
    const { socket } = live();
    for (const sequence of [13, 14, 15]) socket.receive("event:capacity", frame(sequence, 1));
    expect(socket.said("event:subscribe")).toHaveLength(2);
  });

  it("catches up with a snapshot when the missed frames are gone, then with the frames that waited", () => {
    const { socket, stand } = live();
    socket.receive("event:capacity", frame(30, 60));
    socket.receive("event:capacity", frame(31, 50));
    socket.answer("event:subscribe", { ...ACK, snapshot: availability({ sequence: 30 }) });
    expect(stand()).toBe(50);
  });

  it("takes the snapshot of a new epoch although its numbers are smaller", () => {
    const { socket, stand } = live();
    socket.receive("event:capacity", frame(1, 5, { epoch: "e2" }));
    expect(stand()).toBe(200);
    const whole = availability({ sequence: 2, epoch: "e2", sections: frame(2, 77).sections });
    socket.answer("event:subscribe", { ...ACK, epoch: "e2", snapshot: whole });
    expect(stand()).toBe(77);
  });

  it("goes on from what the cache holds after a reconnect", () => {
    const { socket, feed } = live();
    socket.receive("event:capacity", frame(11, 150));
    socket.connected = false;
    socket.receive("disconnect");
    expect(feed.read().state).toBe("late");
    socket.open();
    expect(socket.said("event:subscribe").at(-1)).toEqual({
      eventId: "event-1",
      since: { capacity: 11, update: 3 },
    });
  });

  it("leaves the event when nobody looks any more", () => {
    const { socket, stop } = live();
    stop();
    expect(socket.said("event:unsubscribe")).toEqual([{ eventId: "event-1" }]);
    expect(socket.count("event:capacity")).toBe(0);
  });
});

describe("event:update", () => {
  const update = { eventId: "event-1", timestamp: "", epoch: "e1" };

  it("shows a new status and new prices at once", () => {
    const { socket, shown } = live();
    socket.receive("event:update", { ...update, type: "STATUS", sequence: 4, data: { status: "PAUSED" } });
    const pricingTiers = event().pricingTiers.slice(0, 1);
    socket.receive("event:update", {
      ...update,
      type: "PRICE",
      sequence: 5,
      data: { price: { pricingTiers } },
    });
    expect(shown()?.status).toBe("PAUSED");
    expect(shown()?.pricingTiers).toEqual(pricingTiers);
  });

  it("does not let an older update undo a newer one", () => {
    const { socket, shown } = live();
    socket.receive("event:update", { ...update, type: "STATUS", sequence: 4, data: { status: "PAUSED" } });
    socket.receive("event:update", { ...update, type: "STATUS", sequence: 4, data: { status: "ON_SALE" } });
    expect(shown()?.status).toBe("PAUSED");
  });

  it("does not let an answer that was on its way undo it", async () => {
    const { socket, client, shown } = live();
    let answer = (_event: ArenaEvent): void => undefined;
    const reading = new QueryObserver(client, {
      queryKey: eventKey("event-1"),
      queryFn: () => new Promise<ArenaEvent>((resolve) => (answer = resolve)),
    });
    const stop = reading.subscribe(() => undefined);
    const older = answer;
    socket.receive("event:update", { ...update, type: "STATUS", sequence: 4, data: { status: "PAUSED" } });
    older(event({ status: "ON_SALE" }));
    await Promise.resolve();
    expect(shown()?.status).toBe("PAUSED");
    answer(event({ status: "PAUSED", name: "Read again" }));
    await vi.waitFor(() => expect(shown()?.name).toBe("Read again"));
    stop();
  });

  it("reads the event again when an update was missed or the capacity changed", () => {
    const { socket, client } = live();
    const again = vi.spyOn(client, "invalidateQueries");
    socket.receive("event:update", { ...update, type: "STATUS", sequence: 4, data: { status: "PAUSED" } });
    expect(again).not.toHaveBeenCalled();
    socket.receive("event:update", { ...update, type: "STATUS", sequence: 6, data: { status: "ON_SALE" } });
    expect(again).toHaveBeenCalledTimes(1);
    socket.receive("event:update", { ...update, type: "CAPACITY", sequence: 7, data: {} });
    expect(again).toHaveBeenCalledTimes(2);
  });
});

describe("polling", () => {
  it("starts at the third failed connection, not before, and says that the number is late", async () => {
    const { socket, poll, feed } = start({ known: availability() });
    socket.receive("connect_error", new Error("refused"));
    socket.receive("connect_error", new Error("refused"));
    await vi.advanceTimersByTimeAsync(POLL_MS * 3);
    expect(poll).not.toHaveBeenCalled();
    socket.receive("connect_error", new Error("refused"));
    await vi.advanceTimersByTimeAsync(POLL_MS * 2);
    expect(poll).toHaveBeenCalledTimes(3);
    expect(feed.read()).toEqual({ state: "late", at: Date.now() });
  });

  it("is offline when asking fails as well, and keeps the time of the last number", async () => {
    const { socket, poll, feed } = live();
    const { at } = feed.read();
    poll.mockRejectedValue(new Error("no network"));
    for (let i = 0; i < 3; i++) socket.receive("connect_error", new Error("refused"));
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(feed.read()).toEqual({ state: "off", at });
  });

  it("stops as soon as the socket is back", async () => {
    const { socket, poll } = start({ known: availability() });
    for (let i = 0; i < 3; i++) socket.receive("connect_error", new Error("refused"));
    socket.open();
    socket.answer("event:subscribe", ACK);
    poll.mockClear();
    await vi.advanceTimersByTimeAsync(POLL_MS * 3);
    expect(poll).not.toHaveBeenCalled();
  });

  it("falls back to asking when the server refuses the subscription", async () => {
    const { socket, poll } = start({ known: availability() });
    socket.open();
    socket.answer("event:subscribe", { ok: false, error: { code: "SYS002", message: "" } });
    await vi.advanceTimersByTimeAsync(0);
    expect(poll).toHaveBeenCalledTimes(1);
  });

  it("is offline at once when the browser says so", () => {
    const { feed } = live();
    window.dispatchEvent(new Event("offline"));
    expect(feed.read().state).toBe("off");
  });
});

describe("waking up", () => {
  it("asks at once over HTTP while there is no connection", async () => {
    const { socket, poll, feed } = live();
    socket.connected = false;
    socket.receive("disconnect");
    socket.receive("wake");
    await vi.advanceTimersByTimeAsync(0);
    expect(poll).toHaveBeenCalledTimes(1);
    expect(feed.read()).toEqual({ state: "late", at: Date.now() });
  });

  it("asks for what it missed, and makes a new connection if this one does not answer soon", async () => {
    const { socket, poll } = live();
    await vi.advanceTimersByTimeAsync(20_000);
    socket.receive("wake");
    expect(socket.said("event:subscribe").at(-1)).toEqual({
      eventId: "event-1",
      since: { capacity: 10, update: 3 },
    });
    await vi.advanceTimersByTimeAsync(WAKE_ACK_MS - 1);
    expect(socket.renewals).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.renewals).toBe(1);
    expect(poll).not.toHaveBeenCalled();
  });

  it("asks nothing where frames have just come", () => {
    const { socket } = live();
    socket.receive("wake");
    expect(socket.said("event:subscribe")).toHaveLength(1);
  });
});

describe("silence", () => {
  const position = (change = {}) => ({
    eventId: "event-1",
    sequences: { capacity: 10, update: 3 },
    epoch: "e1",
    ...change,
  });

  it("takes a position it is at as a confirmation of the number's age", async () => {
    const { socket, feed } = live();
    await vi.advanceTimersByTimeAsync(11_000);
    socket.receive("event:position", position());
    expect(feed.read()).toEqual({ state: "live", at: Date.now() });
    expect(socket.said("event:subscribe")).toHaveLength(1);
  });

  it.each([
    ["a frame", { sequences: { capacity: 12, update: 3 } }],
    ["an update", { sequences: { capacity: 10, update: 4 } }],
    ["the epoch", { epoch: "e2" }],
  ])("asks for what it missed when a position reveals that %s got lost", async (_what, change) => {
    const { socket, feed } = live();
    const { at } = feed.read();
    await vi.advanceTimersByTimeAsync(11_000);
    socket.receive("event:position", position(change));
    expect(socket.said("event:subscribe").at(-1)).toEqual({
      eventId: "event-1",
      since: { capacity: 10, update: 3 },
    });
    expect(feed.read().at).toBe(at);
  });

  it("ignores the position of another event", () => {
    const { socket } = live();
    socket.receive("event:position", position({ eventId: "other", epoch: "e9" }));
    expect(socket.said("event:subscribe")).toHaveLength(1);
  });

  it("says Delayed and asks when nothing is heard any more over a socket that stands", async () => {
    const { socket, feed } = live();
    const { at } = feed.read();
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    expect(feed.read().state).toBe("live");
    await vi.advanceTimersByTimeAsync(1);
    expect(feed.read()).toEqual({ state: "late", at });
    expect(socket.said("event:subscribe")).toHaveLength(2);
    socket.answer("event:subscribe", ACK);
    expect(feed.read()).toEqual({ state: "live", at: Date.now() });
  });

  it("polls when the question is not answered, and goes on live when a later one is", async () => {
    const { socket, poll, feed } = start({ known: availability() });
    socket.open();
    await vi.advanceTimersByTimeAsync(ACK_MS);
    expect(poll).toHaveBeenCalledTimes(1);
    expect(feed.read()).toEqual({ state: "late", at: Date.now() });
    expect(socket.said("event:subscribe")).toHaveLength(2);
    socket.answer("event:subscribe", ACK);
    expect(feed.read().state).toBe("live");
    await vi.advanceTimersByTimeAsync(POLL_MS * 3);
    expect(poll).toHaveBeenCalledTimes(1);
  });

  it("does not call live what no frames will follow, and polls until the server counts them again", async () => {
    const { socket, poll, feed, client, stand } = start();
    const without = availability({ sequence: null, epoch: null });
    socket.open();
    socket.answer("event:subscribe", {
      ok: true,
      sequences: { capacity: null, update: null },
      epoch: null,
      snapshot: without,
    });
    expect(stand()).toBe(200);
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(feed.read()).toEqual({ state: "late", at: Date.now() });
    expect(poll).toHaveBeenCalledTimes(2);
    expect(socket.said("event:subscribe")).toHaveLength(1);
    poll.mockImplementation(async () =>
      client.setQueryData(availabilityKey("event-1"), availability({ sequence: 1, epoch: "e2" })),
    );
    await vi.advanceTimersByTimeAsync(POLL_MS);
    expect(socket.said("event:subscribe").at(-1)).toEqual({ eventId: "event-1", since: { capacity: 1 } });
    socket.answer("event:subscribe", { ok: true, sequences: { capacity: 1, update: 0 }, epoch: "e2" });
    expect(feed.read().state).toBe("live");
  });

  it("takes the snapshot of a server that has lost the numbers it once gave", () => {
    const { socket, stand } = live();
    socket.receive("event:position", position({ sequences: { capacity: 4, update: 3 } }));
    const whole = availability({ sequence: 4, sections: frame(4, 66).sections });
    socket.answer("event:subscribe", { ...ACK, sequences: { capacity: 4, update: 3 }, snapshot: whole });
    expect(stand()).toBe(66);
  });
});
