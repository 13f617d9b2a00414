import { delay, HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { CheckIn, GateManifest } from "@/shared/api/contract";
import { keepsNoMore, keepsThings } from "@/testing/fake-storage";
import {
  AT,
  admitted,
  atTheGate,
  BY_LINK,
  gateManifest,
  gateTicket,
  network,
  SHOWN,
  serveGate,
  serveTwoGates,
  startedEngine,
} from "@/testing/gate";
import { api, ok, refuse, server } from "@/testing/server";
import { GateEngine } from "./engine";

const HERE = { gate: "A", isOut: false };
atTheGate(BY_LINK);

describe("a scanner without a network", () => {
  it("lets a ticket in once, keeps the scan, and sends it when there is one", async () => {
    const asked = serveGate();
    const engine = await startedEngine();
    network.isOnline = false;
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("already");
    expect(engine.state()).toMatchObject({ kept: 1, inside: 1, admittedHere: 1 });
    expect(engine.state().shown).toMatchObject({ isLocal: true });
    expect(asked.scans).toEqual([]);
    network.isOnline = true;
    await engine.sync();
    expect(asked.batches).toEqual([
      [
        expect.objectContaining({
          code: SHOWN.code,
          gate: "A",
          deviceId: "device-1",
          scannedAt: new Date(AT).toISOString(),
          direction: "IN",
        }),
      ],
    ]);
    expect(engine.state()).toMatchObject({ kept: 0, conflicts: 0, isOnline: true });
  });

  it("finds what it kept after a restart, under the same client id", async () => {
    const asked = serveGate();
    const before = await startedEngine();
    network.isOnline = false;
    await before.scan(SHOWN.code, HERE);
    const after = await startedEngine();
    expect(after.state()).toMatchObject({ kept: 1, isRegistered: true, isReady: true, tickets: 1 });
    network.isOnline = true;
    await after.sync();
    await before.sync();
    // Whoever sends first has sent it: it is gone for the other.
    expect(asked.batches.flat().map(({ clientId }) => clientId)).toHaveLength(1);
  });

  it("lets nobody in twice because it was switched off and on in between", async () => {
    let gone = 0;
    const asked = serveGate(() =>
      ok(gateManifest({ isWhole: gone === 0, tickets: gone++ === 0 ? [gateTicket({})] : [] })),
    );
    const before = await startedEngine();
    network.isOnline = false;
    expect((await before.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    const after = await startedEngine();
    expect((await after.scan(SHOWN.code, HERE)).kind).toBe("already");
    network.isOnline = true;
    await after.sync();
    expect(asked.batches.flat()).toHaveLength(1);
    // The server's list said nothing of it this time: what was done here still holds, and after one more restart.
    network.isOnline = false;
    expect((await (await startedEngine()).scan(SHOWN.code, HERE)).kind).toBe("already");
  });

  it("says that the server flagged what it let in", async () => {
    serveGate(undefined, undefined, "CONFLICT");
    const engine = await startedEngine();
    network.isOnline = false;
    await engine.scan(SHOWN.code, HERE);
    network.isOnline = true;
    await engine.sync();
    expect(engine.state()).toMatchObject({ kept: 0, conflicts: 1 });
  });

  it("lets no scan that the server cannot read stand in the way of the others", async () => {
    const tickets = [1, 2, 3, 4, 5].map(() => gateTicket({ ticketId: crypto.randomUUID() }));
    const asked = serveGate(() => ok(gateManifest({ tickets })));
    const engine = await startedEngine();
    network.isOnline = false;
    for (const ticket of tickets) await engine.admit(ticket, HERE);
    expect(engine.state()).toMatchObject({ kept: 5 });
    const sent: string[] = [];
    let bad: string | undefined;
    server.use(
      http.post(api("/events/:id/checkins/batch"), async ({ request }) => {
        const { checkins } = (await request.json()) as { checkins: CheckIn[] };
        bad ??= checkins[2]?.clientId;
        if (checkins.some(({ clientId }) => clientId === bad)) return refuse(422, "VALIDATION001");
        sent.push(...checkins.map(({ clientId }) => clientId));
        return ok({ results: checkins.map(({ clientId }) => ({ clientId, result: "ADMITTED" })) });
      }),
    );
    network.isOnline = true;
    await engine.sync();
    expect(sent).toHaveLength(4);
    expect(new Set(sent).has(bad ?? "")).toBe(false);
    // It stays on the device, and is tried again when the page starts anew.
    expect(engine.state()).toMatchObject({ kept: 1, conflicts: 1, isOnline: true });
    expect(asked.batches).toEqual([]);
    await engine.sync();
    expect(engine.state()).toMatchObject({ kept: 1, conflicts: 1 });
    const anew = serveGate();
    await startedEngine();
    expect(anew.batches.flat().map(({ clientId }) => clientId)).toEqual([bad]);
  });

  it("keeps all of them where something in between says that it cannot read", async () => {
    serveGate();
    const engine = await startedEngine();
    network.isOnline = false;
    await engine.scan(SHOWN.code, HERE);
    server.use(
      http.post(api("/events/:id/checkins/batch"), () => new HttpResponse("<html>", { status: 400 })),
    );
    network.isOnline = true;
    await engine.sync();
    expect(engine.state()).toMatchObject({ kept: 1, conflicts: 0 });
    const asked = serveGate();
    await engine.sync();
    expect(asked.batches.flat()).toHaveLength(1);
  });

  it("sends what the browser had no room for, as long as the page lives", async () => {
    const asked = serveGate();
    const engine = await startedEngine();
    keepsNoMore();
    network.isOnline = false;
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    expect(engine.state()).toMatchObject({ kept: 1 });
    network.isOnline = true;
    await engine.sync();
    expect(asked.batches.flat()).toEqual([expect.objectContaining({ code: SHOWN.code })]);
    expect(engine.state()).toMatchObject({ kept: 0 });
  });

  it("refuses an old code and one of nobody's, and records neither", async () => {
    serveGate();
    const engine = await startedEngine();
    network.isOnline = false;
    vi.setSystemTime(AT + 46_000);
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("expired");
    expect((await engine.scan("https://example.test", HERE)).kind).toBe("unknown");
    expect(engine.state()).toMatchObject({ kept: 0, inside: 0 });
  });
});

describe("a scanner with one", () => {
  it("takes the server's word over its own", async () => {
    serveGate(undefined, () => refuse(409, "TICKET002"));
    const engine = await startedEngine();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("already");
    expect(engine.state()).toMatchObject({ kept: 0, inside: 0 });
    expect(engine.state().shown).toMatchObject({ isLocal: false });
    // Nobody went in: neither this page nor the next believes so.
    network.isOnline = false;
    expect((await (await startedEngine()).scan(SHOWN.code, HERE)).kind).toBe("admitted");
    keepsThings();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
  });

  it("decides by itself where the server is silent for a quarter of a second", async () => {
    serveGate(undefined, async () => {
      await delay("infinite");
      return ok({});
    });
    const engine = await startedEngine();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    expect(engine.state()).toMatchObject({ kept: 1, inside: 1 });
  });

  it("keeps whom it let in, though the server says no a moment later", async () => {
    let isLate = false;
    const asked = serveGate(
      undefined,
      async () => {
        await delay(400);
        isLate = true;
        return refuse(409, "TICKET002");
      },
      "CONFLICT",
    );
    const engine = await startedEngine();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    await vi.waitFor(() => expect(isLate).toBe(true));
    await delay(50);
    expect(engine.state()).toMatchObject({ kept: 1, inside: 1 });
    await engine.sync();
    // The server has it as it was: somebody went in, and that is flagged.
    expect(asked.batches.flat().map(({ clientId }) => clientId)).toEqual(
      asked.scans.map(({ clientId }) => clientId),
    );
    expect(engine.state()).toMatchObject({ kept: 0, conflicts: 1 });
  });

  it.each([
    ["sold since", { tickets: [] }],
    ["issued anew since", { tickets: [gateTicket({ version: 7 })] }],
    ["let in by other rules since", { gates: { B: { sections: ["*"] } } }],
    ["of what has opened since", { status: "SCHEDULED" }],
    [
      "of who went out elsewhere",
      { reentry: true, tickets: [gateTicket({ status: "CHECKED_IN", inside: true })] },
    ],
  ] as const)("waits for a server that may know better of a ticket %s", async (_name, changes) => {
    serveGate(
      () => ok(gateManifest(changes as Partial<GateManifest>)),
      async ({ clientId }) => {
        await delay(400);
        return ok({ clientId, result: "ADMITTED", again: false, ticket: admitted() });
      },
    );
    const engine = await startedEngine();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    expect(engine.state()).toMatchObject({ admittedHere: 1, kept: 0, shown: { isLocal: false } });
  });

  it("calls back whom it turned away where the server's yes comes late, but over nobody else's", async () => {
    const answers: (() => void)[] = [];
    serveGate(
      () => ok(gateManifest({ tickets: [gateTicket({ status: "VOID" })] })),
      async ({ clientId }) => {
        await new Promise<void>((resolve) => answers.push(resolve));
        return ok({ clientId, result: "ADMITTED", again: false, ticket: admitted() });
      },
    );
    const late: string[] = [];
    const engine = new GateEngine(SHOWN.eventId, ({ kind }) => late.push(kind));
    await engine.start();
    vi.useFakeTimers({ now: AT, toFake: ["Date", "setTimeout", "clearTimeout"] });
    const turnedAway = engine.scan(SHOWN.code, HERE);
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    expect(engine.state().isAsking).toBe(false);
    // Who stands there sees within 300 ms that the code was read.
    await vi.advanceTimersByTimeAsync(290);
    expect(engine.state()).toMatchObject({ isAsking: true, shown: null });
    await vi.advanceTimersByTimeAsync(4_000);
    expect((await turnedAway).kind).toBe("invalid");
    expect(engine.state().isAsking).toBe(false);
    answers[0]?.();
    await vi.waitFor(() => expect(late).toEqual(["admitted"]));
    expect(engine.state()).toMatchObject({ admittedHere: 1, shown: { verdict: { kind: "admitted" } } });
    expect(engine.state().log.map(({ verdict }) => verdict.kind)).toEqual(["admitted"]);

    engine.next();
    await engine.sync();
    const second = engine.scan(SHOWN.code, HERE);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    await vi.advanceTimersByTimeAsync(4_000);
    await second;
    expect((await engine.scan("of nobody", HERE)).kind).toBe("unknown");
    answers[1]?.();
    await vi.waitFor(() => expect(engine.state().log[1]?.verdict.kind).toBe("admitted"));
    expect(engine.state().shown?.verdict.kind).toBe("unknown");
    expect(late).toEqual(["admitted"]);
  });

  it("says that somebody has to sign in again, and keeps what it decides meanwhile", async () => {
    let isOver = false;
    serveGate(
      () => (isOver ? refuse(401, "AUTH001") : ok(gateManifest())),
      () => refuse(401, "AUTH001"),
    );
    const engine = await startedEngine();
    isOver = true;
    server.use(http.post(api("/events/:id/checkins/batch"), () => refuse(401, "AUTH001")));
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    await engine.sync();
    expect(engine.state()).toMatchObject({ isSignedOut: true, kept: 1 });
  });

  it("says that nobody is inside, where the server has seen them go", async () => {
    serveGate(
      () => ok(gateManifest({ tickets: [gateTicket({ status: "CHECKED_IN", inside: true })] })),
      () => refuse(409, "TICKET004"),
    );
    const engine = await startedEngine();
    expect((await engine.scan(SHOWN.code, { ...HERE, isOut: true })).kind).toBe("notInside");
    expect(engine.state()).toMatchObject({ kept: 0, inside: 0 });
  });

  it("says where and when somebody went in at another gate", async () => {
    const at = new Date(AT).toISOString();
    serveGate(undefined, () => refuse(409, "TICKET002", { details: { gate: "North", at } }));
    const engine = await startedEngine();
    expect(await engine.scan(SHOWN.code, HERE)).toMatchObject({ kind: "already", gate: "North", at });
  });

  it("waits for the server where it cannot tell alone", async () => {
    const { gateKey: _own, ...unregistered } = gateManifest();
    serveGate(
      () => ok(unregistered),
      async () => {
        await delay(400);
        return refuse(409, "TICKET004");
      },
    );
    const engine = await startedEngine();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("invalid");
    expect(engine.state().shown).toMatchObject({ isLocal: false });
  });

  it("is registered by the organizer's link, and asks as that device", async () => {
    const asked = serveGate();
    const engine = await startedEngine();
    expect(engine.state()).toMatchObject({ isRegistered: true, gates: ["A"] });
    expect(asked.secrets).toEqual(["secret-1"]);
    // The code of the link is good once, and nothing of it stays in the address.
    expect(window.location.hash).toBe("");
  });

  it("stands at the gate that it was registered for, until somebody chooses another", async () => {
    serveGate();
    serveTwoGates();
    const device = { deviceId: "device-1", eventId: SHOWN.eventId, secret: "secret-1", name: "L" };
    server.use(http.post(api("/gate-devices"), () => ok({ ...device, gate: "West" })));
    const engine = await startedEngine();
    expect(engine.state().gate).toBe("West");
    engine.choose("East");
    expect(engine.state().gate).toBe("East");
    await vi.waitFor(async () => expect((await startedEngine()).state().gate).toBe("East"));
  });

  it("finds a ticket by its holder's name, and lets it in", async () => {
    const asked = serveGate();
    const engine = await startedEngine();
    expect(engine.find("k")).toEqual([]);
    const [found] = engine.find("kowal");
    expect(found).toMatchObject({ ticketId: SHOWN.ticketId });
    expect((await engine.admit(found ?? gateTicket(), HERE)).kind).toBe("admitted");
    expect(asked.scans).toEqual([expect.objectContaining({ ticketId: SHOWN.ticketId })]);
  });

  it("that was locked out forgets what it knew", async () => {
    let isLocked = false;
    const asked = serveGate(() => (isLocked ? refuse(403, "AUTH004") : ok(gateManifest())));
    const engine = await startedEngine();
    isLocked = true;
    await engine.sync();
    expect(engine.state()).toMatchObject({ isLocked: true, isRegistered: false, tickets: 0 });
    expect(engine.find("kowal")).toEqual([]);
    // Nor does it ask: a hand scanner types on.
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("locked");
    expect((await engine.admit(gateTicket(), HERE)).kind).toBe("locked");
    expect(asked.scans).toEqual([]);
    // Nor after a start: it would scan on as one that nobody has locked.
    const again = await startedEngine();
    expect(again.state()).toMatchObject({ isLocked: true, isReady: false, tickets: 0 });
    expect((await again.scan(SHOWN.code, HERE)).kind).toBe("locked");
    expect(asked.scans).toEqual([]);
    // The organizer's next link makes it a device again.
    isLocked = false;
    window.history.replaceState(null, "", `/gate/${SHOWN.eventId}#device=code-2`);
    expect((await startedEngine()).state()).toMatchObject({
      isLocked: false,
      isRegistered: true,
      tickets: 1,
    });
  });
});
