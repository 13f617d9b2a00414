import { http } from "msw";
import { describe, expect, it, vi } from "vitest";
import {
  atTheGate,
  BY_LINK,
  gateManifest,
  gateTicket,
  network,
  SHOWN,
  serveGate,
  startedEngine,
} from "@/testing/gate";
import { api, ok, server } from "@/testing/server";

const HERE = { gate: "A", isOut: false };
atTheGate(BY_LINK);

describe("what a scanner remembers of whom it let in", () => {
  it("lets in one of two who hold up the same code at the same moment", async () => {
    serveGate();
    const engine = await startedEngine();
    network.isOnline = false;
    const said = await Promise.all([engine.scan(SHOWN.code, HERE), engine.scan(SHOWN.code, HERE)]);
    expect(said.map(({ kind }) => kind).sort()).toEqual(["admitted", "already"]);
    // Nor by a name that was looked for before.
    expect((await engine.admit(gateTicket(), HERE)).kind).toBe("already");
    expect(engine.state()).toMatchObject({ kept: 1, admittedHere: 1 });
  });

  it("says yes in one drawing, when all that it has to remember is kept", async () => {
    serveGate();
    const engine = await startedEngine();
    network.isOnline = false;
    const drawn: (string | undefined)[] = [];
    let after: Promise<string> | undefined;
    const stop = engine.watch(() => {
      const { shown, kept, admittedHere, inside } = engine.state();
      drawn.push([shown?.verdict.kind, kept, admittedHere, inside].join(" "));
      // The browser dies while the yes is looked at: the next one that starts here knows of it.
      after ??= startedEngine().then(
        async (next) => `${next.state().kept} ${(await next.scan(SHOWN.code, HERE)).kind}`,
      );
    });
    await engine.scan(SHOWN.code, HERE);
    stop();
    expect(drawn).toEqual(["admitted 1 1 1"]);
    expect(await after).toBe("1 already");
  });

  it("knows whom it let in though a list comes that was made before", async () => {
    let list = (): void => undefined;
    serveGate();
    const engine = await startedEngine();
    server.use(
      http.get(api("/events/:id/checkins/manifest"), async () => {
        await new Promise<void>((resolve) => {
          list = resolve;
        });
        return ok(gateManifest());
      }),
    );
    const syncing = engine.sync();
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("admitted");
    await vi.waitFor(() => list());
    await syncing;
    network.isOnline = false;
    expect((await engine.scan(SHOWN.code, HERE)).kind).toBe("already");
  });
});
