import { act, screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { http } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openCheckout, pay, payments, serve, tick, wrongClock } from "@/testing/checkout-page";
import { api, ok, refuse, server } from "@/testing/server";

beforeEach(wrongClock);
afterEach(() => {
  vi.useRealTimers();
});

describe("the twin's card form", () => {
  const typeCard = async (user: UserEvent, number: string, expiry = "12/34", code = "123") => {
    await user.type(await screen.findByLabelText("Card number"), number);
    await user.type(screen.getByLabelText("Expiry"), expiry);
    await user.type(screen.getByLabelText("Security code"), code);
  };

  it("takes a typed test number, of which nothing leaves the page but the name of its card", async () => {
    const sent: string[] = [];
    server.events.on("request:start", async ({ request }) => {
      sent.push(`${request.url} ${await request.clone().text()}`);
    });
    const asked = payments();
    const { user } = await openCheckout();
    await typeCard(user, "4000000000009995");
    expect(screen.getByLabelText("Card number")).toHaveDisplayValue("4000 0000 0000 9995");
    expect(screen.getByRole("radio", { name: /Card without money/ })).toBeChecked();
    await user.click(pay());
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.body).toEqual({
      paymentMethod: { type: "card", token: "pm_card_chargeDeclinedInsufficientFunds" },
    });
    await tick(3_000);
    server.events.removeAllListeners();
    expect(sent.filter((each) => each.replaceAll(/[\s+]|%20/g, "").includes("400000000000"))).toEqual([]);
  });

  it("says what is wrong with a card before it asks anybody, at the field", async () => {
    const asked = payments();
    const { user } = await openCheckout();
    await typeCard(user, "5555555555554444", "10/26", "1");
    await user.click(pay());
    expect(screen.getByLabelText("Card number")).toHaveFocus();
    expect(screen.getByLabelText("Card number")).toHaveAccessibleDescription(
      "Only test numbers work here. Never enter a real card.",
    );
    expect(screen.getByLabelText("Expiry")).toHaveAccessibleDescription("This date is over or not complete.");
    expect(screen.getByLabelText("Security code")).toBeInvalid();
    expect(asked).toEqual([]);
  });
});

describe("until it is known whose card form it is", () => {
  const never = () => server.use(http.get(api("/payments/card-form"), () => new Promise(() => undefined)));

  it("there is no test card and nothing to pay with", async () => {
    never();
    await openCheckout();
    expect(await screen.findByText("Loading the card form")).toBeInTheDocument();
    expect(screen.queryByText("This is a sandbox.")).not.toBeInTheDocument();
    expect(pay()).toBeDisabled();
  });

  it("nobody can answer for the bank", async () => {
    never();
    await openCheckout({ paymentStatus: "REQUIRES_ACTION" });
    await screen.findByRole("heading", { name: "Your bank wants to know it is you" });
    expect(screen.getByText("Loading the card form")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Fail the check" })).not.toBeInTheDocument();
  });

  it("a failure is said, and asked again", async () => {
    server.use(http.get(api("/payments/card-form"), () => refuse(503, "SYS002")));
    const { user } = await openCheckout();
    await tick(3_000);
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The card form did not load. You were not charged.");
    expect(screen.queryByText("This is a sandbox.")).not.toBeInTheDocument();
    expect(pay()).toBeDisabled();
    server.use(http.get(api("/payments/card-form"), () => ok({ publishableKey: null })));
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByLabelText("Card number")).toBeVisible();
    expect(pay()).toBeEnabled();
  });
});

describe("the vendor's card form", () => {
  it("takes the card where its key is set, and the bank's page opens over ours", async () => {
    const heard: { change?: (change: { complete: boolean }) => void } = {};
    const handleNextAction = vi.fn(() => Promise.resolve({}));
    const createPaymentMethod = vi
      .fn()
      .mockResolvedValueOnce({ error: { message: "Your card number is incomplete." } })
      .mockResolvedValueOnce({ paymentMethod: { id: "pm_1Real" } });
    vi.stubGlobal("Stripe", () => ({
      elements: () => ({
        create: () => ({
          mount: (where: HTMLElement) => where.append("card field"),
          unmount: () => undefined,
          on: (_event: string, hear: (change: { complete: boolean }) => void) => {
            heard.change = hear;
          },
        }),
      }),
      createPaymentMethod,
      handleNextAction,
    }));
    server.use(http.get(api("/payments/card-form"), () => ok({ publishableKey: "pk_test_1" })));
    const asked = payments();
    const { user } = await openCheckout();
    expect(await screen.findByText("card field")).toBeInTheDocument();
    expect(screen.queryByText("This is a sandbox.")).not.toBeInTheDocument();
    expect(pay()).toBeDisabled();
    act(() => heard.change?.({ complete: true }));
    await user.click(pay());
    expect(await screen.findByRole("alert")).toHaveTextContent("Your card number is incomplete.");
    expect(asked).toEqual([]);
    serve({ paymentStatus: "REQUIRES_ACTION", clientSecret: "pi_1_secret" });
    await user.click(pay());
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.body).toEqual({ paymentMethod: { type: "card", token: "pm_1Real" } });
    await user.click(await screen.findByRole("button", { name: "Open your bank’s page" }));
    expect(handleNextAction).toHaveBeenCalledWith({ clientSecret: "pi_1_secret" });
    vi.unstubAllGlobals();
  });
});
