import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, onTestFinished } from "vitest";
import { hearServerTime } from "@/shared/api/server-clock";
import vectors from "@/shared/gate/ticket-code-vectors.json";
import en from "@/shared/i18n/locales/en/wallet.json";
import { readKept } from "@/shared/kept";
import { keepsThings } from "@/testing/fake-storage";
import { event, standingTicket, ticket, VENUE, WALLET } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };

describe("wallet", () => {
  it("groups tickets by event and parts what is over from what is coming", async () => {
    server.use(
      http.get(api("/tickets"), () =>
        ok([
          ticket({ status: "VALID", seat: 14, ticketId: "b" }),
          ticket({ status: "TRANSFERRED", ticketId: "a" }),
          standingTicket({ eventId: "old", ticketId: "c", sectionId: "terrace", status: "CHECKED_IN" }),
        ]),
      ),
      http.get(api("/events/old"), () => ok(event({ id: "old", name: "Track Night", status: "COMPLETED" }))),
    );
    await openApp("/tickets", SIGNED_IN);
    const coming = await screen.findByRole("region", { name: "Coming" });
    const past = await screen.findByRole("region", { name: "Past" });
    await waitFor(() => expect(coming).toHaveTextContent("Section 110"));
    expect(coming.textContent).toMatch(/Harbour City.*Row F, seat 13.*Sent.*Row F, seat 14.*Valid/);
    expect(past).toHaveTextContent(/Track Night.*Terrace.*Used/);
  });

  it("reads on past the first hundred", async () => {
    const all = Array.from({ length: 130 }, (_, n) =>
      ticket({ ticketId: `t-${n}`, status: "VALID", seat: n + 1 }),
    );
    server.use(
      http.get(api("/tickets"), ({ request }) => {
        const page = Number(new URL(request.url).searchParams.get("page"));
        return ok(all.slice((page - 1) * 100, page * 100), { page, limit: 100, total: 130 });
      }),
    );
    await openApp("/tickets", SIGNED_IN);
    await screen.findByText("Row F, seat 130");
  });

  it("keeps the keys of all that let somebody in, before any of them is looked at", async () => {
    keepsThings();
    const vector = vectors.codes[0];
    const asked: unknown[] = [];
    server.use(
      http.get(api("/tickets"), () =>
        ok([
          ticket({ status: "VALID", seat: 13, ticketId: "a" }),
          ticket({ status: "VALID", seat: 14, ticketId: "b" }),
          ticket({ status: "CHECKED_IN", seat: 15, ticketId: "c" }),
          ticket({ status: "VALID", ticketId: "d", eventId: "old" }),
        ]),
      ),
      http.get(api("/events/old"), () => ok(event({ id: "old", name: "Track Night", status: "COMPLETED" }))),
      http.get(api("/tickets/:id/wallet"), ({ params }) => {
        asked.push(params.id);
        const signed = vector?.code.slice(0, -7);
        return ok({ ...WALLET, ticketId: params.id, signed, key: vector?.ticketKey });
      }),
    );
    await openApp("/tickets", SIGNED_IN);
    await waitFor(async () => expect(await readKept("key/b")).toBeDefined());
    expect(asked).toEqual(["a", "b"]);
    expect(await readKept("key/a")).toMatchObject({ signed: vector?.code.slice(0, -7) });
  });

  it("shows the code of a ticket whose page was never opened, without a network", async () => {
    keepsThings();
    const vector = vectors.codes[0];
    server.use(
      http.get(api("/tickets"), () => ok([ticket({ status: "VALID", seat: 14, ticketId: "b" })])),
      http.get(api("/tickets/:id/wallet"), ({ params }) => {
        const signed = vector?.code.slice(0, -7);
        return ok({ ...WALLET, ticketId: params.id, signed, key: vector?.ticketKey });
      }),
    );
    const { unmount } = await openApp("/tickets", SIGNED_IN);
    await waitFor(async () => expect(await readKept("key/b")).toBeDefined());
    await screen.findByText("Row F, seat 14");
    unmount();
    // Another start of the app: nothing of what was read lies in memory.
    server.use(http.all(api("/*"), () => HttpResponse.error()));
    await openApp("/tickets/b", SIGNED_IN);
    expect(await screen.findByRole("img", { name: /^Entry code F 14/ })).toBeInTheDocument();
  });

  it("says where tickets come from when there are none", async () => {
    server.use(http.get(api("/tickets"), () => ok([])));
    await openApp("/tickets", SIGNED_IN);
    await screen.findByRole("heading", { name: "No tickets yet" });
    expect(screen.getByRole("link", { name: "See all events" })).toHaveAttribute("href", "/");
  });

  it("offers a retry", async () => {
    server.use(http.get(api("/tickets"), () => refuse(403, "AUTH004")));
    const { user } = await openApp("/tickets", SIGNED_IN);
    await screen.findByText("We could not load your tickets.");
    server.use(http.get(api("/tickets"), () => ok([ticket({ status: "VALID" })])));
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("Row F, seat 13");
  });

  it("shows at once what changed elsewhere, without asking", async () => {
    const { socket } = await openApp("/tickets", SIGNED_IN);
    await screen.findByText("Valid");
    act(() => socket.receive("ticket:update", ticket({ status: "CHECKED_IN" })));
    await screen.findByText("Used");
  });

  it("reads the wallet again for a ticket it does not know", async () => {
    const { socket } = await openApp("/tickets", SIGNED_IN);
    await screen.findByText("Valid");
    const more = [ticket({ status: "VALID" }), ticket({ ticketId: "ticket-9", status: "CHECKED_IN" })];
    server.use(http.get(api("/tickets"), () => ok(more)));
    act(() => socket.receive("ticket:update", ticket({ ticketId: "ticket-9", status: "CHECKED_IN" })));
    await screen.findByText("Used");
  });

  it("reads the wallet again after a lost connection, over which a change may have been told", async () => {
    const { socket } = await openApp("/tickets", SIGNED_IN);
    await screen.findByText("Valid");
    server.use(http.get(api("/tickets"), () => ok([ticket({ status: "CHECKED_IN" })])));
    act(() => socket.open());
    await screen.findByText("Used");
  });
});

describe("ticket", () => {
  it("is a sign: row, seat and gate, with a code that is made on the device", async () => {
    const vector = vectors.codes[0];
    server.use(
      http.get(api("/tickets/:id/wallet"), () =>
        ok({ ...WALLET, signed: vector?.code.slice(0, -7), key: vector?.ticketKey }),
      ),
      http.get(api("/tickets/:id/transfer"), () => ok(null)),
    );
    await openApp("/tickets/ticket-1", SIGNED_IN);
    const sign = await screen.findByRole("article", { name: "Ticket" });
    await waitFor(() => expect(sign).toHaveTextContent("Gate"));
    expect(sign.textContent).toMatch(/RowF.*Seat13.*GateG/);
    expect(await screen.findByRole("img", { name: /^Entry code F 13/ })).toBeInTheDocument();
    expect(sign).toHaveTextContent(/New code in \d+ s/);
  });

  it("keeps the screen awake while its code is shown, also when the page comes back", async () => {
    const vector = vectors.codes[0];
    const locks: { isHeld: boolean }[] = [];
    const request = async () => {
      const lock = {
        isHeld: true,
        release: async () => {
          lock.isHeld = false;
        },
      };
      locks.push(lock);
      return lock;
    };
    Object.defineProperty(navigator, "wakeLock", { configurable: true, value: { request } });
    onTestFinished(() => void Reflect.deleteProperty(navigator, "wakeLock"));
    server.use(
      http.get(api("/tickets/:id/wallet"), () =>
        ok({ ...WALLET, signed: vector?.code.slice(0, -7), key: vector?.ticketKey }),
      ),
      http.get(api("/tickets/:id/transfer"), () => ok(null)),
    );
    const { unmount } = await openApp("/tickets/ticket-1", SIGNED_IN);
    await screen.findByRole("img", { name: /^Entry code F 13/ });
    await waitFor(() => expect(locks).toHaveLength(1));
    // A browser lets the lock go with the page.
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(locks).toHaveLength(2));
    unmount();
    await waitFor(() => expect(locks.at(-1)?.isHeld).toBe(false));
  });

  it("says that the clock of the device is wrong, and shows the code of the right one", async () => {
    const vector = vectors.codes[0];
    const hear = (date: number) =>
      hearServerTime(new Date(date).toUTCString(), { sentAt: Date.now(), heardAt: Date.now() });
    hear(Date.now() + 600_000);
    onTestFinished(() => hear(Date.now()));
    server.use(
      http.get(api("/tickets/:id/wallet"), () =>
        ok({ ...WALLET, signed: vector?.code.slice(0, -7), key: vector?.ticketKey }),
      ),
      http.get(api("/tickets/:id/transfer"), () => ok(null)),
    );
    await openApp("/tickets/ticket-1", SIGNED_IN);
    expect(await screen.findByText(en.code.clock)).toBeInTheDocument();
    act(() => hear(Date.now()));
    await waitFor(() => expect(screen.queryByText(en.code.clock)).not.toBeInTheDocument());
  });

  it("says the number that stands on the seat, which orders count from 1", async () => {
    const [terrace, stand] = VENUE.sections;
    const rows = [{ label: "F", seats: 20, numbering: { start: 101, step: 2 } }];
    server.use(
      http.get(api("/venues/:id"), () => ok({ ...VENUE, sections: [terrace, { ...stand, rows }] })),
      http.get(api("/tickets/:id/transfer"), () => ok(null)),
    );
    await openApp("/tickets/ticket-1", SIGNED_IN);
    const sign = await screen.findByRole("article", { name: "Ticket" });
    await waitFor(() => expect(sign.textContent).toMatch(/RowF.*Seat125.*GateG/));
  });

  it("is offered by mail, and taken back", async () => {
    let offer: object | null = null;
    const asked: unknown[] = [];
    server.use(
      http.get(api("/tickets/:id/wallet"), () => refuse(503, "SYS002")),
      http.get(api("/tickets/:id/transfer"), () => ok(offer)),
      http.post(api("/tickets/:id/transfer"), async ({ request }) => {
        asked.push(await request.json());
        offer = { transferId: "t", expiresAt: "2035-01-01T00:00:00Z" };
        return ok(offer, {}, 201);
      }),
      http.delete(api("/tickets/:id/transfer"), () => {
        offer = null;
        return ok(null);
      }),
    );
    await openApp("/tickets/ticket-1", SIGNED_IN);
    const person = userEvent.setup();
    await person.type(await screen.findByLabelText("Their e-mail"), "friend@fans.test");
    await person.click(screen.getByRole("button", { name: "Send the link" }));
    await person.click(await screen.findByRole("button", { name: "Take it back" }));
    await screen.findByLabelText("Their e-mail");
    expect(asked).toEqual([{ email: "friend@fans.test" }]);
  });

  it("is offered by who has proved their own address, and says so", async () => {
    server.use(
      http.get(api("/tickets/:id/transfer"), () => ok(null)),
      http.post(api("/tickets/:id/transfer"), () => refuse(409, "CONFLICT003")),
    );
    await openApp("/tickets/ticket-1", SIGNED_IN);
    const person = userEvent.setup();
    await person.type(await screen.findByLabelText("Their e-mail"), "friend@fans.test");
    await person.click(screen.getByRole("button", { name: "Send the link" }));
    await screen.findByText("Confirm your e-mail address first: then you can send tickets.");
    expect(screen.getByRole("link", { name: "To your account" })).toHaveAttribute("href", "/account");
  });

  it("gets new codes from who lost a phone, after a word of what that means", async () => {
    let asked = 0;
    server.use(
      http.get(api("/tickets/:id/transfer"), () => ok(null)),
      http.post(api("/tickets/:id/reissue"), () => {
        asked += 1;
        return ok(ticket({ status: "VALID" }));
      }),
    );
    const { user } = await openApp("/tickets/ticket-1", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Make new codes" }));
    expect(screen.getByText(/The old codes stop working/)).toBeInTheDocument();
    expect(asked).toBe(0);
    await user.click(screen.getByRole("button", { name: "Make new codes" }));
    expect(await screen.findByText(/The ticket has new codes/)).toBeInTheDocument();
    expect(asked).toBe(1);
  });

  it("is taken by who follows the link of the mail", async () => {
    server.use(
      http.post(api("/tickets/transfers/:token/accept"), ({ params }) =>
        params.token === "good" ? ok(ticket({ ticketId: "ticket-7" })) : refuse(404, "TICKET001"),
      ),
    );
    await openApp("/transfers/good", SIGNED_IN);
    const person = userEvent.setup();
    await person.click(await screen.findByRole("button", { name: "Take the ticket" }));
    expect(await screen.findByRole("link", { name: "Show the ticket" })).toHaveAttribute(
      "href",
      "/tickets/ticket-7",
    );
  });

  it.each([
    ["CHECKED_IN", "Already used"],
    ["VOID", "This ticket is not valid"],
    ["RESERVED", "Not paid yet"],
    ["TRANSFERRED", "Sent to somebody else"],
  ] as const)("%s promises no code", async (status, words) => {
    server.use(http.get(api("/tickets/:id"), () => ok(ticket({ status }))));
    await openApp("/tickets/ticket-1", SIGNED_IN);
    expect(await screen.findAllByText(words)).not.toHaveLength(0);
    expect(screen.queryByRole("img", { name: /^Entry code/ })).not.toBeInTheDocument();
  });

  it("leads to the other tickets of the same event", async () => {
    server.use(
      http.get(api("/tickets"), () =>
        ok([ticket({ status: "VALID" }), ticket({ ticketId: "ticket-2", seat: 14 })]),
      ),
    );
    await openApp("/tickets/ticket-1", SIGNED_IN);
    expect(await screen.findByRole("link", { name: "Next ticket" })).toHaveAttribute(
      "href",
      "/tickets/ticket-2",
    );
  });

  it("says so when it is not there", async () => {
    server.use(http.get(api("/tickets/:id"), () => refuse(404, "TICKET001")));
    await openApp("/tickets/nope", SIGNED_IN);
    await screen.findByRole("heading", { name: "This ticket is not here" });
  });
});
