import { waitFor } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { FakeSocket } from "@/testing/fake-socket";
import { api, ok, server } from "@/testing/server";
import { endSession, leaveSession, startSession } from "../api/session";
import { Connection, handshake, LINGER_MS, wire } from "./connection";

const signIn = (token: string) => startSession({ token, expiresAt: "" });

function connected() {
  const socket = new FakeSocket();
  wire(socket.asSocket());
  socket.connected = true;
  return socket;
}

describe("the connection follows the session", () => {
  it("shakes hands with the token there is", () => {
    endSession();
    expect(handshake()).toEqual({});
    signIn("a");
    expect(handshake()).toEqual({ token: "a" });
  });

  it("hands a renewed token to the open socket", () => {
    signIn("a");
    handshake();
    const socket = connected();
    signIn("b");
    expect(socket.said("auth:refresh")).toEqual([{ token: "b" }]);
    expect(socket.connects).toBe(0);
  });

  it("connects anew when somebody signs in or out", () => {
    endSession();
    handshake();
    const socket = connected();
    signIn("a");
    expect(socket.connects).toBe(1);
    socket.connected = true;
    endSession();
    expect(socket.connects).toBe(2);
    expect(socket.said("auth:refresh")).toEqual([]);
  });

  it("follows who came while it shook hands as nobody", () => {
    endSession();
    handshake();
    const socket = new FakeSocket();
    wire(socket.asSocket());
    signIn("a");
    expect(socket.connects).toBe(0);
    socket.open();
    expect(socket.connects).toBe(1);
    handshake();
    socket.open();
    expect(socket.connects).toBe(1);
  });

  it("hands over a token that was renewed while it shook hands", () => {
    signIn("a");
    handshake();
    const socket = new FakeSocket();
    wire(socket.asSocket());
    signIn("b");
    socket.open();
    expect(socket.said("auth:refresh")).toEqual([{ token: "b" }]);
    expect(socket.connects).toBe(0);
  });

  it("fetches a new token and knocks again after a refused handshake", async () => {
    const socket = new FakeSocket();
    socket.active = false;
    wire(socket.asSocket());
    signIn("old");
    server.use(
      http.post(api("/auth/refresh"), () => ok({ token: "new", expiresAt: "2099-01-01T00:00:00Z" })),
    );
    socket.receive("connect_error", Object.assign(new Error("x"), { data: { code: "AUTH002" } }));
    await waitFor(() => expect(socket.connects).toBe(1));
    expect(handshake()).toEqual({ token: "new" });
  });

  it("restores an expired session on the open socket", async () => {
    signIn("old");
    handshake();
    const socket = connected();
    server.use(
      http.post(api("/auth/refresh"), () => ok({ token: "new", expiresAt: "2099-01-01T00:00:00Z" })),
    );
    socket.receive("auth:expired");
    await waitFor(() => expect(socket.said("auth:refresh")).toEqual([{ token: "new" }]));
  });

  it("asks for no new token while somebody is signing out", async () => {
    let asked = 0;
    server.use(
      http.post(api("/auth/refresh"), () => {
        asked += 1;
        return ok({ token: "new", expiresAt: "2099-01-01T00:00:00Z" });
      }),
    );
    signIn("old");
    handshake();
    const socket = connected();
    await leaveSession(async () => {
      socket.receive("auth:expired");
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
    expect(asked).toBe(0);
    expect(handshake()).toEqual({});
  });
});

describe("the connection of a tab", () => {
  const opened = async (socket: FakeSocket) => {
    const open = vi.fn(async () => socket.asSocket());
    const connection = new Connection(open);
    const heard: unknown[] = [];
    connection.on("event:capacity", (frame) => heard.push(frame));
    connection.on("wake", () => heard.push("wake"));
    await waitFor(() => expect(socket.connects).toBe(1));
    return { connection, heard, open };
  };

  it("is opened by the first listener, once, and hears what was listened to before", async () => {
    const socket = new FakeSocket();
    const { connection, heard, open } = await opened(socket);
    connection.on("connect", () => undefined);
    socket.receive("event:capacity", 1);
    expect(heard).toEqual([1]);
    expect(open).toHaveBeenCalledTimes(1);
  });

  it("is given up when nobody has listened for a while, and opened again for the next", async () => {
    const socket = new FakeSocket();
    const connection = new Connection(async () => socket.asSocket());
    const hear = () => undefined;
    connection.on("event:capacity", hear);
    await waitFor(() => expect(socket.connects).toBe(1));
    socket.open();
    vi.useFakeTimers();
    connection.off("event:capacity", hear);
    vi.advanceTimersByTime(LINGER_MS - 1);
    connection.on("event:capacity", hear);
    vi.advanceTimersByTime(2 * LINGER_MS);
    expect([socket.connected, socket.connects]).toEqual([true, 1]);
    connection.off("event:capacity", hear);
    vi.advanceTimersByTime(LINGER_MS);
    expect(socket.connected).toBe(false);
    // Neither the network nor a look brings it back, nor a try that was on its way.
    window.dispatchEvent(new Event("online"));
    socket.open();
    expect([socket.connected, socket.connects]).toEqual([false, 1]);
    connection.on("event:capacity", hear);
    vi.useRealTimers();
    expect(socket.connects).toBe(2);
  });

  it.each([
    ["the network is back", () => window.dispatchEvent(new Event("online"))],
    ["somebody looks again", () => document.dispatchEvent(new Event("visibilitychange"))],
  ])("connects at once, not at the end of the pause, when %s", async (_when, happen) => {
    const socket = new FakeSocket();
    const { heard } = await opened(socket);
    happen();
    expect(socket.connects).toBe(2);
    socket.connected = true;
    happen();
    expect(socket.connects).toBe(2);
    expect(heard).toEqual(["wake", "wake"]);
  });

  it("counts a library that did not come as a failed connection, and asks for it again", async () => {
    vi.useFakeTimers();
    const socket = new FakeSocket();
    const open = vi.fn(async () => socket.asSocket());
    open.mockRejectedValueOnce(new Error("no network"));
    const failed = vi.fn();
    new Connection(open).on("connect_error", failed);
    await vi.advanceTimersByTimeAsync(100);
    expect(failed).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(socket.connects).toBe(1);
    vi.useRealTimers();
  });
});
