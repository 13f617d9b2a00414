import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import { startGuest } from "@/shared/api/session";
import { openEvent, orders, SIGNED_IN } from "@/testing/event-page";
import { availability, ME, order } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, seatsGone, server } from "@/testing/server";

const token = (name: string) => ({ userId: name, token: name, expiresAt: "2099-01-01T00:00:00Z" });

describe("holding", () => {
  it("asks for the choice as a bare hold and goes to the checkout", async () => {
    const asked = orders(() => ok(order(), {}, 201));
    const { user, terrace, path } = await openEvent();
    await user.click(terrace);
    await user.click(screen.getByRole("button", { name: "Hold 2 places · €56.00" }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map((each) => each.body)).toEqual([
      {
        eventId: "event-1",
        tickets: [{ sectionId: "terrace", quantity: 2, priceLevel: "adult" }],
        paymentMethod: { type: "card" },
      },
    ]);
  });

  it("is known on the way back, though no news of it came", async () => {
    const now = Date.now();
    const held = order({
      serverTime: new Date(now).toISOString(),
      expiresAt: new Date(now + 300_000).toISOString(),
    });
    const list: (typeof held)[] = [];
    server.use(http.get(api("/orders"), () => ok(list)));
    orders(() => {
      list.push(held);
      return ok(held, {}, 201);
    });
    const { user, terrace, router } = await openEvent();
    await user.click(terrace);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/checkout/order-1"));
    await act(() => router.navigate(-1));
    expect(await screen.findByRole("complementary", { name: "Places you hold" })).toBeVisible();
  });

  it("repeats an unanswered attempt with its key, by itself and by hand", async () => {
    const lost = () => HttpResponse.error();
    const asked = orders(lost, lost, lost, () => ok(order(), {}, 201));
    const { user, terrace, path } = await openEvent();
    await user.click(terrace);
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
    const { user, terrace, path } = await openEvent();
    await user.click(terrace);
    const sections = availability().sections.map((section) => ({ ...section, available: 1 }));
    server.use(http.get(api("/events/:id/availability"), () => ok(availability({ sequence: 11, sections }))));
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("2 places in Terrace were just taken.");
    await waitFor(() =>
      expect(alert).toHaveTextContent("1 place is still free there. You were not charged."),
    );
    await user.click(screen.getByRole("button", { name: "Take 1 instead" }));
    await user.click(screen.getByRole("button", { name: /^Hold 1 place/ }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map((each) => each.body.tickets[0]?.quantity)).toEqual([2, 1]);
    expect(asked[0]?.key).not.toBe(asked[1]?.key);
  });

  // The server seats a whole line anew: its nearest for two may name the one that is still theirs.
  it("offers the nearest free seats in one tap when a named one is gone, and none of them twice", async () => {
    const at = (seat: number) => ({ sectionId: "stand", row: "F", seat });
    const asked = orders(
      () => seatsGone({ seats: [at(13)], nearest: [at(14), at(15)] }),
      () => ok(order(), {}, 201),
    );
    const { user, stand, path } = await openEvent();
    await user.click(stand);
    await user.click(await screen.findByRole("button", { name: /^Row F/ }));
    await user.click(screen.getByRole("button", { name: /^Row F · Seat 13,/ }));
    await user.click(screen.getByRole("button", { name: /^Row F · Seat 14,/ }));
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "Seat F 13 was just taken. You were not charged.",
    );
    const take = screen.getByRole("button", { name: "Take F 14, F 15" });
    // What was refused is not what comes next: one yellow button.
    expect(document.querySelectorAll(".btn-flood")).toHaveLength(1);
    expect(take).toHaveClass("btn-flood");
    await user.click(take);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked.map(({ body }) => body.tickets[0]?.seats?.map(({ seat }) => seat))).toEqual([
      [13, 14],
      [14, 15],
    ]);
  });

  it("says of another wish nothing that was refused to the one before", async () => {
    let answer = () => {};
    const refused = new Promise<void>((resolve) => {
      answer = resolve;
    });
    orders(async () => {
      await refused;
      return seatsGone({ seats: [{ sectionId: "stand", row: "F", seat: 13 }], nearest: [] });
    });
    const { user, stand } = await openEvent();
    await user.click(stand);
    await user.click(await screen.findByRole("button", { name: /^Row F/ }));
    await user.click(screen.getByRole("button", { name: /^Row F · Seat 13,/ }));
    await user.click(screen.getByRole("button", { name: /^Hold 1 place/ }));
    await user.click(screen.getByRole("button", { name: /^Row F · Seat 13,/ }));
    await user.click(screen.getByRole("button", { name: /^Row F · Seat 14,/ }));
    answer();
    await screen.findByRole("button", { name: /^Hold 1 place/ });
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("names the section that was short, not the one that is looked at, and cuts what was picked there", async () => {
    const asked = orders(
      () => refuse(409, "EVENT002"),
      () => ok(order(), {}, 201),
    );
    const picks = "terrace:adult:~terrace:adult:~stand:adult:F.13";
    await openApp(`/events/event-1?view=list&section=stand&party=adult.3&picks=${picks}`, SIGNED_IN);
    const hold = await screen.findByRole("button", { name: /^Hold 3 places/ });
    const [terrace, stand] = availability().sections;
    if (terrace === undefined || stand === undefined) throw new Error("two sections");
    const sections = [{ ...terrace, available: 1 }, stand];
    server.use(http.get(api("/events/:id/availability"), () => ok(availability({ sequence: 11, sections }))));
    const user = userEvent.setup();
    await user.click(hold);
    await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("1 place is still free there."));
    expect(screen.getByRole("alert")).toHaveTextContent("2 places in Terrace were just taken.");
    await user.click(screen.getByRole("button", { name: "Take 2 instead" }));
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]?.body.tickets).toEqual([
      { sectionId: "terrace", quantity: 1, priceLevel: "adult" },
      { sectionId: "stand", quantity: 1, priceLevel: "adult", seats: [{ row: "F", seat: 13 }] },
    ]);
  });

  it("shows a visitor in a crowd behind one address the way in, and how long it takes otherwise", async () => {
    server.use(http.post(api("/auth/guest"), () => refuse(429, "RATE001", {}, { "Retry-After": "1740" })));
    const { user, terrace } = await openEvent({ signedIn: false });
    await user.click(terrace);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("Many visitors share your network.");
    expect(alert).toHaveTextContent("ask again in 29 minutes");
    const next = encodeURIComponent("/events/event-1?view=list&section=terrace");
    expect(within(alert).getByRole("link", { name: "Sign in" })).toHaveAttribute(
      "href",
      `/sign-in?next=${next}`,
    );
    expect(within(alert).getByRole("link", { name: "Create an account" })).toHaveAttribute(
      "href",
      `/register?next=${next}`,
    );
  });

  it.each(["AUTH002", "AUTH003"])(
    "holds as another guest when the first one's time is over: %s",
    async (code) => {
      let guests = 0;
      server.use(
        http.post(api("/auth/guest"), () =>
          ok({ userId: "guest", token: `guest-${++guests}`, expiresAt: "2099-01-01T00:00:00Z" }, {}, 201),
        ),
      );
      const asked = orders(
        () => refuse(401, code),
        () => ok(order(), {}, 201),
      );
      const { user, terrace, path } = await openEvent({ signedIn: false });
      act(() => startGuest({ token: "guest-0", expiresAt: "2099-01-01T00:00:00Z" }));
      await user.click(terrace);
      await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
      await waitFor(() => expect(path()).toBe("/checkout/order-1"));
      expect(guests).toBe(1);
      expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
    },
  );

  it.each([
    ["EVENT003", 409, "You are too late for this sale."],
    ["ORDER003", 422, "That is more than one person may buy."],
    ["QUEUE001", 403, "This event has a waiting room."],
    ["RATE001", 429, "That was too quick."],
    ["VALIDATION001", 422, "Your places could not be held."],
  ])("%s is said in words", async (code, status, words) => {
    orders(() => refuse(status, code));
    const { user, terrace } = await openEvent();
    await user.click(terrace);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
  });

  it("holds for a visitor, who says who they are before they pay", async () => {
    const asked = orders();
    const said: unknown[] = [];
    server.use(
      http.post(api("/auth/guest"), () => ok(token("guest"), {}, 201)),
      http.post(api("/auth/guest/claim"), async ({ request }) => {
        said.push([request.headers.get("Authorization"), await request.json()]);
        return ok(token("t"), {}, 201);
      }),
    );
    const { user, terrace, path } = await openEvent({ signedIn: false });
    await user.click(terrace);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await waitFor(() => expect(path()).toBe("/checkout/order-1"));
    expect(asked).toHaveLength(1);
    await user.type(await screen.findByLabelText("E-mail"), "new@fan.test");
    await user.type(screen.getByLabelText("Full name"), "Noor Castellan");
    await user.click(screen.getByRole("button", { name: "Continue to payment" }));
    await waitFor(() => expect(said).toHaveLength(1));
    expect(said).toEqual([["Bearer guest", { email: "new@fan.test", fullName: "Noor Castellan" }]]);
    expect(screen.queryByLabelText("Full name")).not.toBeInTheDocument();
  });

  it("asks a visitor whose e-mail is known for the password, and brings the places along", async () => {
    orders();
    const said: unknown[] = [];
    server.use(
      http.post(api("/auth/guest"), () => ok(token("guest"), {}, 201)),
      http.post(api("/auth/guest/claim"), () => refuse(409, "AUTH006")),
      http.post(api("/auth/login"), async ({ request }) => {
        said.push(await request.json());
        return ok({ token: "t", expiresAt: "2099-01-01T00:00:00Z", user: ME });
      }),
    );
    const { user, terrace } = await openEvent({ signedIn: false });
    await user.click(terrace);
    await user.click(screen.getByRole("button", { name: /^Hold 2 places/ }));
    await user.type(await screen.findByLabelText("E-mail"), "fan@demo.test");
    await user.type(screen.getByLabelText("Full name"), "Fay");
    await user.click(screen.getByRole("button", { name: "Continue to payment" }));
    await user.type(await screen.findByLabelText("Password"), "correct horse");
    await user.click(screen.getByRole("button", { name: "Sign in and continue" }));
    await waitFor(() =>
      expect(said).toEqual([{ email: "fan@demo.test", password: "correct horse", guestToken: "guest" }]),
    );
  });
});
