import { act, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import { useSavedEvents } from "@/shared/saved-events";
import { ACK, openEvent, orders, SIGNED_IN } from "@/testing/event-page";
import { availability, event, frame, order } from "@/testing/fixtures";
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
    const list = within(screen.getByRole("region", { name: "Sections as a list" }));
    expect(await list.findByRole("button", { name: /^Section 110.*3 left.*€68/ })).toBeInTheDocument();
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
  it("holds places where one stands, at every price, up to the limit of an order", async () => {
    const { user, stand, terrace } = await openEvent();
    await user.click(terrace);
    expect(screen.getByRole("button", { name: "Hold 2 places · €56.00" })).toBeEnabled();
    const more = within(screen.getByRole("group", { name: "Adult" })).getByRole("button", {
      name: "One more",
    });
    await user.click(more);
    await user.click(more);
    expect(screen.getByRole("button", { name: "Hold 4 places · €112.00" })).toBeEnabled();
    expect(more).toBeDisabled();
    await user.click(stand);
    expect(screen.getByRole("button", { name: "Best 4 together in Section 110" })).toBeEnabled();
  });

  it("reaches every seat in words: section, row, seat", async () => {
    const { user, stand } = await openEvent();
    await user.click(stand);
    await user.click(await screen.findByRole("button", { name: /^Row F.*20 free, up to 20 together/ }));
    const seat = screen.getByRole("button", { name: "Row F · Seat 13, €68.00" });
    await user.click(seat);
    await user.click(screen.getByRole("button", { name: "Row F · Seat 14, €68.00" }));
    expect(seat).toHaveAttribute("aria-pressed", "true");
    expect(screen.getByRole("button", { name: "Hold 2 places · €136.00" })).toBeEnabled();
    await user.click(seat);
    expect(screen.getByRole("button", { name: "Hold 1 place · €68.00" })).toBeEnabled();
    expect(screen.getByText(/1 more to choose/)).toBeInTheDocument();
  });

  it("goes from section to section on the map, and into it, by keyboard", async () => {
    const { user } = await openApp("/events/event-1", SIGNED_IN);
    const map = await screen.findByRole("group", { name: /^Stadium map, 2 sections/ });
    act(() =>
      within(map)
        .getByRole("button", { name: /^Terrace, €28/ })
        .focus(),
    );
    await user.keyboard("{ArrowDown}");
    expect(within(map).getByRole("button", { name: /^Section 110, €68/ })).toHaveFocus();
    await user.keyboard("{Enter}");
    await user.keyboard("{ArrowRight}");
    const seat = await within(map).findByRole("button", {
      name: /^Section Section 110, row F, seat \d+, free, €68/,
    });
    expect(seat).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(screen.getByRole("button", { name: "Hold 1 place · €68.00" })).toBeEnabled();
    await user.keyboard("{Escape}");
    expect(within(map).getByRole("button", { name: /^Section 110/ })).toHaveFocus();
  });

  it("buys for a family over two levels in one order", async () => {
    const asked = orders(() => ok(order(), {}, 201));
    const { user, stand } = await openEvent();
    const child = screen.getByRole("group", { name: "Child" });
    await user.click(within(child).getByRole("button", { name: "One more" }));
    await user.click(stand);
    await user.click(await screen.findByRole("button", { name: /^Row F/ }));
    for (const seat of [13, 14, 15])
      await user.click(screen.getByRole("button", { name: new RegExp(`^Row F · Seat ${seat},`) }));
    await user.click(screen.getByRole("button", { name: "Hold 3 places · €166.00" }));
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.body.tickets).toEqual([
      {
        sectionId: "stand",
        quantity: 2,
        priceLevel: "adult",
        seats: [
          { row: "F", seat: 13 },
          { row: "F", seat: 14 },
        ],
      },
      { sectionId: "stand", quantity: 1, priceLevel: "child", seats: [{ row: "F", seat: 15 }] },
    ]);
  });

  it("says a limited view and a lonely seat before anybody pays", async () => {
    const { user, stand } = await openEvent();
    await user.click(stand);
    await user.click(await screen.findByRole("button", { name: /^Row G/ }));
    await user.click(
      screen.getByRole("button", { name: /^Row G · Seat 20, €68.00, A pillar stands before it/ }),
    );
    expect(screen.getByText("A pillar stands before it")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: /^Row G · Seat 18,/ }));
    expect(screen.getByText("This leaves one seat alone.")).toBeInTheDocument();
  });

  it("hears of the seats of a section that the address has opened, until it is closed", async () => {
    const { socket, user } = await openApp("/events/event-1?view=list&section=stand", SIGNED_IN);
    await screen.findByRole("button", { name: /^Row F.*20 free/ });
    const heard = () => socket.said("seats:subscribe");
    act(() => socket.open());
    expect(heard()).toEqual([{ eventId: "event-1", sectionId: "stand" }]);
    await user.click(screen.getByRole("button", { name: /^Section 110/ }));
    expect(socket.said("seats:unsubscribe")).toEqual([{ eventId: "event-1", sectionId: "stand" }]);
  });

  it("keeps what is picked in the address", async () => {
    const { user, stand, path, unmount } = await openEvent();
    await user.click(stand);
    await user.click(await screen.findByRole("button", { name: /^Row F/ }));
    await user.click(screen.getByRole("button", { name: /^Row F · Seat 13,/ }));
    const address = path();
    unmount();
    await openApp(address, SIGNED_IN);
    expect(await screen.findByRole("button", { name: "Hold 1 place · €68.00" })).toBeEnabled();
  });

  it("shows only one price on request", async () => {
    const { user } = await openEvent();
    await user.click(within(screen.getByRole("group", { name: "Show only this price" })).getByText("€28"));
    const list = screen.getByRole("region", { name: "Sections as a list" });
    expect(within(list).getAllByRole("button")).toHaveLength(1);
  });

  it.each([true, false])("is saved and told of, without what is picked (desktop: %s)", async (isDesktop) => {
    setDesktop(isDesktop);
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "Save Harbour City v Northgate United" }));
    expect(useSavedEvents.getState().events.map(({ id }) => id)).toEqual(["event-1"]);
    await user.click(screen.getByRole("button", { name: /^Share the event/ }));
    expect(await screen.findByText("Link copied")).toBeInTheDocument();
    expect(await navigator.clipboard.readText()).toBe("http://localhost:3000/events/event-1");
  });

  it("has the same choices on a phone", async () => {
    setDesktop(false);
    const { user, terrace } = await openEvent();
    await user.click(terrace);
    const adult = screen.getByRole("group", { name: "Adult" });
    await user.click(within(adult).getByRole("button", { name: "One fewer" }));
    expect(screen.getByRole("button", { name: "Hold 1 place · €28.00" })).toBeEnabled();
  });
});

describe("finding", () => {
  const best = (answer: (body: { quantity: number; sectionId?: string }) => Response) =>
    server.use(
      http.post(api("/events/:id/best-available"), async ({ request }) =>
        answer((await request.json()) as { quantity: number }),
      ),
    );
  const seats = (...numbers: number[]) => numbers.map((seat) => ({ row: "F", seat }));

  it("proposes the best view and the cheapest, and takes one in a press", async () => {
    best(({ sectionId }) =>
      sectionId === "terrace"
        ? ok({ sectionId: "terrace", seats: [], adjacent: false })
        : ok({ sectionId: "stand", seats: seats(10, 11), adjacent: true }),
    );
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "Find 2 places" }));
    expect(
      await screen.findByRole("button", { name: /Terrace, 2 places.*Free choice of place.*€56/ }),
    ).toBeEnabled();
    await user.click(
      screen.getByRole("button", { name: /Section 110, row F, 10–11.*Best view · side by side.*€136/ }),
    );
    expect(screen.getByRole("button", { name: "Hold 2 places · €136.00" })).toBeEnabled();
  });

  it("takes nothing apart without consent", async () => {
    best(({ sectionId }) =>
      sectionId === undefined
        ? ok({ sectionId: "stand", seats: seats(5, 13), adjacent: false })
        : refuse(409, "EVENT002"),
    );
    const { user } = await openEvent();
    await user.click(screen.getByRole("button", { name: "Find 2 places" }));
    const option = await screen.findByRole("button", { name: /row F, 5, 13/ });
    expect(option).toBeDisabled();
    await user.click(screen.getByRole("checkbox", { name: "Sitting apart is fine with us" }));
    await user.click(option);
    expect(screen.getByRole("button", { name: "Hold 2 places · €136.00" })).toBeEnabled();
  });

  it("asks for wheelchair places for who wants them", async () => {
    const asked: unknown[] = [];
    best((body) => {
      asked.push(body);
      return ok({ sectionId: "stand", seats: seats(1, 2), adjacent: true });
    });
    const { user } = await openEvent();
    await user.click(await screen.findByRole("switch", { name: /Wheelchair and companion places.*2 free/ }));
    await user.click(screen.getByRole("button", { name: "Find 2 places" }));
    await screen.findByRole("button", { name: /row F, 1–2/ });
    expect(asked[0]).toMatchObject({ accessible: true, quantity: 2, priceLevel: "adult" });
  });
});

describe("when nothing can be bought", () => {
  const none = availability({
    currentCapacity: 0,
    sections: availability().sections.map((section) => ({ ...section, available: 0 })),
  });

  it.each([
    [{ status: "SCHEDULED" }, "Tickets are not on sale yet."],
    [{ status: "SCHEDULED", salesStartAt: "2099-03-14T09:00:00Z" }, /^Tickets go on sale Sat,? 14 Mar/],
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
    const { socket } = await openApp("/events/event-1?view=list", SIGNED_IN);
    expect((await screen.findAllByRole("button", { name: /^Section 110.*Sold out/ })).length).toBe(1);
    await screen.findByText(/20 places are held and may come back/);
    act(() => socket.open());
    act(() => socket.answer("event:subscribe", { ...ACK, snapshot: none }));
    act(() => socket.receive("event:capacity", frame(11, 2, { currentCapacity: 2 })));
    expect(await screen.findByRole("button", { name: "Find 2 places" })).toBeEnabled();
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
