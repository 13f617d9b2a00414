import { act, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { ACK, openEvent, orders, SIGNED_IN } from "@/testing/event-page";
import { availability, event, frame, order, VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";
import { setDesktop } from "@/testing/setup";

describe("live numbers", () => {
  it("shows what frames say, on the map and in words, and how old it is", async () => {
    const { socket } = await openEvent();
    act(() => socket.open());
    act(() => socket.answer("event:subscribe", ACK));
    expect(screen.getByText("Live")).toBeInTheDocument();
    act(() => socket.receive("event:capacity", frame(11, 3)));
    expect(screen.getByRole("button", { name: /^Section 110, €68, 3 free/ })).toBeInTheDocument();
    expect(screen.getByText("503")).toBeInTheDocument();
  });

  it("keeps the number and says Delayed when the connection is lost", async () => {
    const { socket } = await openEvent();
    act(() => socket.open());
    act(() => socket.answer("event:subscribe", ACK));
    act(() => socket.receive("disconnect"));
    expect(screen.getByText("Delayed")).toBeInTheDocument();
    expect(screen.getByText("700")).toBeInTheDocument();
  });

  it("asks for the numbers over HTTP after three failed connections", async () => {
    const { socket } = await openEvent();
    server.use(
      http.get(api("/events/:id/availability"), () =>
        ok(availability({ sequence: 20, currentCapacity: 41 })),
      ),
    );
    for (let i = 0; i < 3; i++) act(() => socket.receive("connect_error", new Error("refused")));
    expect(await screen.findByText("41")).toBeInTheDocument();
    expect(screen.getByText("Delayed")).toBeInTheDocument();
  });
});

describe("choosing", () => {
  it("reaches every section in the list as on the map", async () => {
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "List" }));
    await user.click(screen.getByRole("button", { name: /Terrace.*Gate A.*500 free.*€28/ }));
    expect(screen.getByRole("button", { name: "Hold 2 places · €56.00" })).toBeEnabled();
  });

  it("chooses by keyboard: arrows move, Enter chooses", async () => {
    const { user } = await openEvent();
    const terrace = screen.getByRole("button", { name: /^Terrace, €28/ });
    act(() => terrace.focus());
    await user.keyboard("{ArrowRight}{Enter}");
    expect(screen.getByRole("button", { name: /^Section 110, €/ })).toHaveAttribute("aria-pressed", "true");
  });

  it("prices by level and number, up to the limit of an order", async () => {
    const { user, stand } = await openEvent();
    await user.click(stand);
    await user.click(screen.getByRole("radio", { name: /Adult/ }));
    const more = screen.getByRole("button", { name: "One more" });
    await user.click(more);
    await user.click(more);
    expect(screen.getByRole("button", { name: "Hold 4 places · €272.00" })).toBeEnabled();
    expect(more).toBeDisabled();
    await user.click(screen.getByRole("radio", { name: /Child/ }));
    expect(screen.getByRole("button", { name: "Hold 4 places · €120.00" })).toBeEnabled();
  });

  it("finds a section that seats everybody when none is chosen", async () => {
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "Find 2 places" }));
    expect(screen.getByRole("button", { name: "Hold 2 places · €56.00" })).toBeEnabled();
  });

  it("shows only one price on request", async () => {
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "List" }));
    await user.click(within(screen.getByRole("group", { name: "Show only this price" })).getByText("€28"));
    const list = screen.getByRole("region", { name: "Sections as a list" });
    expect(within(list).getAllByRole("button")).toHaveLength(1);
  });

  it("has the same choices on a phone", async () => {
    setDesktop(false);
    const { user, stand } = await openEvent();
    await user.click(stand);
    await user.click(screen.getByRole("button", { name: /^Child/ }));
    await user.click(screen.getByRole("button", { name: "One fewer" }));
    expect(screen.getByRole("button", { name: "Hold 1 place · €30.00" })).toBeEnabled();
  });
});

describe("holding", () => {
  it("asks for the choice as a bare hold and goes to the checkout", async () => {
    const asked = orders(() => ok(order(), {}, 201));
    const { user, stand, path } = await openEvent();
    await user.click(stand);
    await user.click(screen.getByRole("radio", { name: /Adult/ }));
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €136.00" }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map((each) => each.body)).toEqual([
      {
        eventId: "event-1",
        tickets: [{ sectionId: "stand", quantity: 2, priceLevel: "adult" }],
        paymentMethod: { type: "card" },
      },
    ]);
  });

  it("repeats an unanswered attempt with its key, by itself and by hand", async () => {
    const lost = () => HttpResponse.error();
    const asked = orders(lost, lost, lost, () => ok(order(), {}, 201));
    const { user, stand, path } = await openEvent();
    await user.click(stand);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await screen.findByText("No answer from the server.", {}, { timeout: 5_000 });
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map((each) => each.key)).size).toBe(1);
    expect(asked[0]?.key).toBeTruthy();
  });

  it("says what was taken and what is still free, and offers that; the next wish has a new key", async () => {
    const asked = orders(
      () => refuse(409, "EVENT002"),
      () => ok(order(), {}, 201),
    );
    const { user, stand, path } = await openEvent();
    await user.click(stand);
    const sections = availability().sections.map((section) => ({ ...section, available: 1 }));
    server.use(http.get(api("/events/:id/availability"), () => ok(availability({ sequence: 11, sections }))));
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("2 places in Section 110 were just taken.");
    await waitFor(() =>
      expect(alert).toHaveTextContent("1 place is still free there. You were not charged."),
    );
    await user.click(screen.getByRole("button", { name: "Take 1 instead" }));
    await user.click(screen.getByRole("button", { name: /^Hold 1 place/ }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map((each) => each.body.tickets[0]?.quantity)).toEqual([2, 1]);
    expect(asked[0]?.key).not.toBe(asked[1]?.key);
  });

  it("says that wheelchair places are all that is left, and holds them for who asks", async () => {
    const rows = [{ label: "A", seats: 50, accessible: [1, 2, 3], companion: [4] }];
    const sections = VENUE.sections.map((each) => (each.id === "stand" ? { ...each, rows } : each));
    server.use(http.get(api("/venues/:id"), () => ok({ ...VENUE, sections })));
    const few = availability().sections.map((each) => ({ ...each, available: 4 }));
    server.use(http.get(api("/events/:id/availability"), () => ok(availability({ sections: few }))));
    const asked = orders(
      () => refuse(409, "EVENT002"),
      () => ok(order(), {}, 201),
    );
    const { user, path } = await openApp("/events/event-1", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: /^Section 110, €68, 4 free/ }));
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("Too few places are left in Section 110.");
    expect(alert).not.toHaveTextContent("still free there. You were");
    await user.click(screen.getByRole("button", { name: "Wheelchair places" }));
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map((each) => each.body.tickets[0]?.accessible)).toEqual([undefined, true]);
  });

  it.each([
    ["EVENT003", 409, "You are too late for this sale."],
    ["ORDER003", 422, "That is more than one person may buy."],
    ["QUEUE001", 403, "This event has a waiting room."],
    ["RATE001", 429, "That was too quick."],
    ["VALIDATION001", 422, "Your places could not be held."],
  ])("%s is said in words", async (code, status, words) => {
    orders(() => refuse(status, code));
    const { user, stand } = await openEvent();
    await user.click(stand);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
  });

  it("sends a visitor to sign in and back, with the choice kept", async () => {
    const asked = orders();
    server.use(http.post(api("/auth/login"), () => ok({ token: "t", expiresAt: "", user: {} })));
    const { user, stand, path } = await openEvent({ signedIn: false });
    await user.click(stand);
    await user.click(screen.getByRole("button", { name: "One more" }));
    await user.click(screen.getByRole("button", { name: /^Hold 3 places/ }));
    await waitFor(() => expect(path()).toBe("/sign-in?next=%2Fevents%2Fevent-1"));
    await user.type(await screen.findByLabelText("E-mail"), "fan@demo.test");
    await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
    await waitFor(() => expect(path()).toBe("/events/event-1"));
    expect(await screen.findByRole("button", { name: /^Hold 3 places/ })).toBeEnabled();
    expect(asked).toHaveLength(0);
  });
});

describe("when nothing can be bought", () => {
  const none = availability({
    currentCapacity: 0,
    sections: availability().sections.map((section) => ({ ...section, available: 0 })),
  });

  it.each([
    [{ status: "SCHEDULED" }, "Tickets are not on sale yet."],
    [{ status: "PAUSED" }, "The sale is paused."],
    [{ status: "CANCELLED" }, "This event is cancelled."],
    [{ status: "POSTPONED" }, "This event is postponed."],
    [{ status: "COMPLETED" }, "This event is over."],
    [{ salesEndAt: "2020-01-01T00:00:00Z" }, "You are too late for this sale."],
  ] as const)("%o is said in words and nothing can be held", async (change, words) => {
    server.use(http.get(api("/events/:id"), () => ok(event(change))));
    await openEvent();
    expect(screen.getByText(words)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /^Hold|^Find/ })).not.toBeInTheDocument();
  });

  it("says sold out with what is held, and opens when a place comes back", async () => {
    server.use(
      http.get(api("/events/:id"), () => ok(event({ status: "SOLD_OUT" }))),
      http.get(api("/events/:id/availability"), () => ok(none)),
    );
    const { socket } = await openApp("/events/event-1", SIGNED_IN);
    await screen.findByRole("button", { name: /^Section 110, €68, Sold out/ });
    await screen.findByText(/20 places are held and may come back/);
    act(() => socket.open());
    act(() => socket.answer("event:subscribe", { ...ACK, snapshot: none }));
    act(() => socket.receive("event:capacity", frame(11, 2, { currentCapacity: 2 })));
    expect(screen.getByRole("button", { name: "Find 2 places" })).toBeEnabled();
  });

  it("opens the sale by itself when the status changes", async () => {
    server.use(http.get(api("/events/:id"), () => ok(event({ status: "SCHEDULED" }))));
    const { socket } = await openEvent();
    act(() =>
      socket.receive("event:update", {
        eventId: "event-1",
        type: "STATUS",
        data: { status: "ON_SALE" },
        sequence: 2,
        epoch: "e1",
      }),
    );
    expect(await screen.findByRole("button", { name: "Find 2 places" })).toBeEnabled();
  });

  it("says so when the event is not there", async () => {
    server.use(http.get(api("/events/:id"), () => refuse(404, "EVENT001")));
    await openApp("/events/nope");
    expect(await screen.findByRole("heading", { name: "This event is not here" })).toBeInTheDocument();
  });

  it("offers a retry when the event cannot be loaded", async () => {
    server.use(http.get(api("/events/:id"), () => refuse(403, "AUTH004")));
    const { user } = await openApp("/events/event-1");
    await screen.findByText("We could not load this event.");
    server.use(http.get(api("/events/:id"), () => ok(event())));
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByRole("heading", { name: /Harbour City/ });
  });
});
