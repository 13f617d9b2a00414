import { act, screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import vectors from "@/features/waiting/draw-vectors.json";
import type { QueueAnswer, Serving } from "@/shared/api/contract";
import { keepPlace, keptPlace, passFor } from "@/shared/api/queue-pass";
import en from "@/shared/i18n/locales/en/waiting.json";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const EVENT = "event-1";
const SIGNED_IN = { signedIn: true };

const place = (change: Partial<QueueAnswer> = {}): QueueAnswer => ({
  token: "token-of-a-place",
  position: 2_419,
  ahead: 2_418,
  estimatedWaitSeconds: 750,
  phase: "WAITING",
  lane: 0,
  ticket: "7f3a".repeat(8),
  pollAfterSeconds: 20,
  placesLeft: 9_160,
  serverTime: new Date().toISOString(),
  ...change,
});
const serving = (change: Partial<Serving> = {}): Serving => ({
  phase: "WAITING",
  serving: 0,
  people: 6_000,
  perMinute: 200,
  paused: false,
  closed: false,
  placesLeft: 9_160,
  lanes: [{ lane: 0, name: "", serving: 0, people: 6_000, ended: false, perMinute: 200 }],
  at: new Date().toISOString(),
  ...change,
});
const turn = () =>
  place({
    phase: "TURN",
    ahead: 0,
    pass: "pass-1",
    passExpiresAt: new Date(Date.now() + 581_000).toISOString(),
  });

function line(found: QueueAnswer, at: Partial<Serving> = {}): { joins: number } {
  const seen = { joins: 0 };
  server.use(
    http.get(api("/events/:id/queue/serving"), () => ok(serving(at))),
    http.get(api("/events/:id/queue/draw"), () =>
      ok({ name: "arenapulse draw 1", seal: "9b".repeat(32), sealedAt: "2026-03-14T17:40:00Z", lanes: [] }),
    ),
    http.get(api("/events/:id/queue/:token"), () => ok(found)),
    http.post(api("/events/:id/queue"), () => {
      seen.joins += 1;
      return ok(found, {}, 201);
    }),
  );
  return seen;
}

beforeEach(() => localStorage.clear());

describe("in line", () => {
  it("joins once, shows the place, and keeps it on this device", async () => {
    const seen = line(place());
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(await screen.findByRole("img", { name: "2,418 people ahead of you" })).toBeInTheDocument();
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("You are in line. Keep your place.");
    expect(screen.getByText("10–14")).toBeInTheDocument();
    expect(seen.joins).toBe(1);
    expect(keptPlace(EVENT)?.token).toBe("token-of-a-place");
  });

  it("is found again by its token after a reload, without joining", async () => {
    localStorage.setItem("arenapulse.queue", JSON.stringify({ [EVENT]: { token: "token-of-a-place" } }));
    const seen = line(place());
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await screen.findByRole("img", { name: "2,418 people ahead of you" });
    expect(seen.joins).toBe(0);
  });

  const lanes = [
    { lane: 0, name: "", serving: 0, people: 6_000, ended: false, perMinute: 200 },
    { lane: 1, name: "Members", serving: 0, people: 40, ended: false, perMinute: 20 },
  ];
  /** A line with a lane for members; what was joined with lies in the answer. */
  function withLanes(): (string | undefined)[] {
    const codes: (string | undefined)[] = [];
    let now = place();
    line(now, { lanes });
    server.use(
      http.get(api("/events/:id/queue/token-of-a-place"), () => ok(now)),
      http.get(api("/events/:id/queue/token-in-lane-1"), () => ok(now)),
      http.post(api("/events/:id/queue"), async ({ request }) => {
        const { laneCode } = (await request.json()) as { laneCode?: string };
        codes.push(laneCode);
        if (laneCode !== undefined && laneCode !== "MEMBER26") return refuse(422, "VALIDATION001");
        if (laneCode !== undefined)
          now = place({ token: "token-in-lane-1", lane: 1, position: 41, ahead: 40 });
        return ok(now, {}, 201);
      }),
    );
    return codes;
  }

  it("lets a member change over to their lane by its code", async () => {
    const codes = withLanes();
    const { user } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    const field = await screen.findByLabelText("Code for members or sponsors");
    await user.type(field, "guessed{Enter}");
    expect(await screen.findByText("No lane has this code.")).toBeInTheDocument();
    await user.clear(field);
    await user.type(field, " MEMBER26 {Enter}");
    expect(await screen.findByText("You stand in the lane “Members”.")).toBeInTheDocument();
    expect(await screen.findByRole("img", { name: "40 people ahead of you" })).toBeInTheDocument();
    expect(codes).toEqual([undefined, "guessed", "MEMBER26"]);
    expect(keptPlace(EVENT)?.token).toBe("token-in-lane-1");
  });

  it("takes the code that stands in the address, once, though a place is kept already", async () => {
    localStorage.setItem("arenapulse.queue", JSON.stringify({ [EVENT]: { token: "token-of-a-place" } }));
    const codes = withLanes();
    await openApp(`/events/${EVENT}/queue?lane=MEMBER26`, SIGNED_IN);
    expect(await screen.findByText("You stand in the lane “Members”.")).toBeInTheDocument();
    expect(codes).toEqual(["MEMBER26"]);
  });

  it("shows the code of the address again where no answer came, and joins no other lane", async () => {
    const codes = withLanes();
    server.use(http.post(api("/events/:id/queue"), () => HttpResponse.error(), { once: true }));
    await openApp("/events/event-2/queue?lane=MEMBER26", SIGNED_IN);
    expect(await screen.findByText("You stand in the lane “Members”.")).toBeInTheDocument();
    expect(codes).toEqual(["MEMBER26"]);
  });

  it("keeps the place of who comes with a wrong code, and shows it to be mended", async () => {
    const codes = withLanes();
    await openApp(`/events/${EVENT}/queue?lane=WRONG`, SIGNED_IN);
    expect(await screen.findByLabelText("Code for members or sponsors")).toHaveValue("WRONG");
    expect(codes).toEqual(["WRONG", undefined]);
  });

  it("remembers through every answer that its person has left", () => {
    keepPlace(EVENT, { token: "a", hasLeft: true });
    keepPlace(EVENT, { token: "a" });
    expect(keptPlace(EVENT)?.hasLeft).toBe(true);
    keepPlace(EVENT, { token: "b" });
    expect(keptPlace(EVENT)?.hasLeft).toBeUndefined();
  });

  it("says that it may be sold out before", async () => {
    line(place(), { placesLeft: 300 });
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(
      await screen.findByText("More people are ahead of you than there are places."),
    ).toBeInTheDocument();
  });

  it("calls when it is one's turn, and the pass goes into the order", async () => {
    line(place({ position: 41, ahead: 40, estimatedWaitSeconds: 12 }));
    const { socket } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await screen.findByRole("img", { name: "40 people ahead of you" });
    await waitFor(() => expect(socket.count("queue:update")).toBe(1));
    act(() => socket.receive("queue:update", { eventId: EVENT, ...turn() }));
    expect(await screen.findByRole("heading", { name: "It’s your turn." })).toBeInTheDocument();
    expect(screen.getByRole("timer")).toHaveTextContent(/^9:4\d$/);
    expect(screen.getByRole("link", { name: "Choose places" })).toHaveAttribute("href", `/events/${EVENT}`);
    await waitFor(() => expect(document.title).toContain("It’s your turn"));
    expect(passFor(EVENT, Date.now())).toBe("pass-1");
    expect(passFor(EVENT, Date.now() + 600_000)).toBeUndefined();
  });

  it("sounds three notes when it is one's turn, and none before", async () => {
    const notes: number[] = [];
    const nothing = () => {};
    const gain = { setValueAtTime: nothing, exponentialRampToValueAtTime: nothing };
    const node = () => {
      const made = { connect: () => made, gain, frequency: { value: 0 }, start: nothing, stop: nothing };
      return made;
    };
    class Sound {
      currentTime = 0;
      destination = {};
      createGain = node;
      createOscillator = () => {
        const tone = node();
        return Object.assign(tone, { start: () => void notes.push(tone.frequency.value) });
      };
      close = async () => undefined;
    }
    vi.stubGlobal("AudioContext", Sound);
    onTestFinished(() => void vi.unstubAllGlobals());
    line(place({ position: 41, ahead: 40, estimatedWaitSeconds: 12 }));
    const { socket } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await waitFor(() => expect(socket.count("queue:update")).toBe(1));
    expect(notes).toEqual([]);
    act(() => socket.receive("queue:update", { eventId: EVENT, ...turn() }));
    await screen.findByRole("heading", { name: "It’s your turn." });
    expect(notes).toEqual([659.25, 880, 1318.5]);
  });

  it.each([
    ["far back", place(), {}],
    [
      "in the lobby",
      place({ phase: "LOBBY", position: 3, ahead: 2, estimatedWaitSeconds: 2 }),
      { phase: "LOBBY" },
    ],
  ] as const)(
    "holds no connection %s, and reads the organizer's word by what it polls",
    async (_where, at, now) => {
      line(at, { ...now, message: "Doors open late.", messageAt: "2026-03-14T18:00:00Z" });
      const { socket } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
      await screen.findByText("Doors open late.");
      expect(socket.heard()).toEqual([]);
    },
  );

  it("hears nothing of another event's line", async () => {
    line(place({ position: 41, ahead: 40, estimatedWaitSeconds: 12 }));
    const { socket } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await screen.findByRole("img", { name: "40 people ahead of you" });
    await waitFor(() => expect(socket.count("queue:update")).toBe(1));
    act(() => socket.receive("queue:update", { eventId: "event-2", ...turn() }));
    expect(screen.queryByRole("heading", { name: "It’s your turn." })).not.toBeInTheDocument();
  });

  it("tells what the lobby is, and that early is no better", async () => {
    line(place({ phase: "LOBBY" }), { phase: "LOBBY" });
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(await screen.findByText(/has no better chance/)).toBeInTheDocument();
    expect(screen.getByText("6,000")).toBeInTheDocument();
  });

  it("offers the end of the line to who missed the turn", async () => {
    const seen = line(place({ phase: "MISSED", ahead: 0 }));
    const { user } = await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Join again" }));
    await waitFor(() => expect(seen.joins).toBe(2));
  });

  it("says where there is no line", async () => {
    server.use(http.post(api("/events/:id/queue"), () => refuse(409, "CONFLICT003")));
    await openApp(`/events/${EVENT}/queue`, SIGNED_IN);
    expect(await screen.findByRole("heading", { name: "There is no line to join" })).toBeInTheDocument();
  });

  it("asks who one is first, and comes back", async () => {
    line(place());
    const { path } = await openApp(`/events/${EVENT}/queue`);
    await waitFor(() => expect(path()).toBe(`/sign-in?next=${encodeURIComponent(`/events/${EVENT}/queue`)}`));
  });
});

describe("the draw to check", () => {
  const { lanes, tickets, ...told } = vectors;
  const bytes = Uint8Array.from(tickets.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const ticket = tickets.slice(0, 32);
  const [{ places } = { places: [] }] = lanes;

  /** A draw of eight, of whom the first is oneself. */
  const open = async (position: number, list = bytes) => {
    localStorage.setItem("arenapulse.queue", JSON.stringify({ [EVENT]: { token: "token-of-a-place" } }));
    line(place({ ticket, position }));
    const { ticketsHash, ...sealed } = told;
    const lane = { lane: 0, entrants: 8, ticketsHash };
    server.use(
      http.get(api("/events/:id/queue/draw"), () =>
        ok({ ...sealed, sealedAt: "2026-03-14T17:40:00Z", lanes: [lane] }),
      ),
      http.get(api("/events/:id/queue/tickets"), () => HttpResponse.arrayBuffer(list.buffer)),
    );
    const { user } = await openApp(`/events/${EVENT}/queue/check`, SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: en.drawCheck.go }));
  };
  const said = (words: string) => screen.findByText(words);

  it("fits, and finds one's own place", async () => {
    await open(places[0] ?? 0);
    await said(en.drawCheck.fits);
    await said(en.drawCheck.sealFits);
    expect(screen.getByText(en.drawCheck.ownFits.replace("{{n}}", String(places[0])))).toBeInTheDocument();
  });

  it("says that one was told another place", async () => {
    await open(3);
    await said(en.drawCheck.fits);
    const words = en.drawCheck.ownWrong.replace("{{n}}", String(places[0])).replace("{{told}}", "3");
    expect(screen.getByText(words)).toBeInTheDocument();
  });

  it("says that the list is another", async () => {
    const other = bytes.slice();
    other[0] = (other[0] ?? 0) ^ 1;
    await open(places[0] ?? 0, other);
    await said(en.drawCheck.wrong);
    await said(en.drawCheck.listWrong);
  });
});
