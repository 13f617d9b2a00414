import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrderNote, SoldOrder } from "@/shared/api/contract";
import { ME, NOTHING_ASKED, order, ticket, unasked, VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const PAPER = {
  ...{ invoiceId: "invoice-1", number: "HCFC-2026-000001", kind: "INVOICE", orderId: "order-1" },
  ...{ amount: 13_600, tax: 2_267, currency: "EUR", issuedAt: "2026-11-24T10:00:00Z" },
};
const MESSAGE = {
  ...{ messageId: "message-1", channel: "EMAIL", template: "receipt", locale: "en", to: "ada@demo.test" },
  ...{ status: "BOUNCED", errorCode: "550", segments: null, createdAt: "2026-11-24T10:00:00Z" },
  ...{ sentAt: "2026-11-24T10:00:05Z", updatedAt: "2026-11-24T10:00:09Z" },
};

/** A server with one order by invoice. */
function keeping(change: Partial<SoldOrder> = {}) {
  const kept = {
    order: {
      ...order({ status: "CONFIRMED", paymentStatus: "PENDING", tickets: [ticket({ status: "VALID" })] }),
      buyer: { userId: "user-9", fullName: "Ada Byron", email: "ada@demo.test" },
      ...change,
    } as SoldOrder,
    papers: [] as unknown[],
    messages: [MESSAGE],
    notes: [] as OrderNote[],
    said: [] as unknown[],
    keys: [] as (string | null)[],
  };
  server.use(
    http.get(api("/organizations/:id/orders"), () => ok([kept.order])),
    http.get(api("/orders/:id/activity"), () => ok([])),
    http.get(api("/orders/:id/invoices"), () => ok(kept.papers)),
    http.post(api("/orders/:id/invoices"), () => {
      kept.papers = [PAPER];
      return ok(kept.papers, {}, 201);
    }),
    http.post(api("/orders/:id/invoice-payment"), async ({ request }) => {
      kept.said.push(await request.json());
      kept.order = { ...kept.order, paymentStatus: "SUCCEEDED" };
      const { buyer: _buyer, ...paid } = kept.order;
      return ok(paid);
    }),
    http.get(api("/orders/:id/messages"), () => ok(kept.messages, { total: kept.messages.length })),
    http.post(api("/orders/:id/messages/:message/resend"), ({ params, request }) => {
      kept.said.push(params.message);
      kept.keys.push(request.headers.get("Idempotency-Key"));
      kept.messages = [{ ...MESSAGE, messageId: "message-2", status: "QUEUED", errorCode: "" }, MESSAGE];
      return ok({ messageId: "message-2" }, {}, 202);
    }),
    http.get(api("/orders/:id/notes"), () => ok(kept.notes)),
    http.post(api("/orders/:id/notes"), async ({ request }) => {
      const { text } = (await request.json()) as { text: string };
      kept.notes = [{ noteId: "note-1", at: "2026-11-24T11:00:00Z", by: ME.userId, text }, ...kept.notes];
      return ok(kept.notes[0], {}, 201);
    }),
  );
  return kept;
}

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }] }),
    ),
  );
});

const open = () => openApp("/organizer/orders?order=order-1", SIGNED_IN);

describe("an order, to its organizer", () => {
  it("by invoice is marked as paid with what finds it at the bank", async () => {
    const kept = keeping();
    const { user } = await open();
    const form = await screen.findByText("€136.00 is not paid yet");
    expect(form).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Mark as paid" })).toBeDisabled();
    await user.type(screen.getByLabelText("Reference at the bank"), "HCFC 17 ");
    await user.click(screen.getByRole("button", { name: "Mark as paid" }));
    expect(await screen.findByText("Noted as paid.")).toBeInTheDocument();
    expect(kept.said).toEqual([{ reference: "HCFC 17" }]);
    await waitFor(() => expect(screen.queryByText("€136.00 is not paid yet")).toBeNull());
  });

  it("that is paid asks for no payment", async () => {
    keeping({ paymentStatus: "SUCCEEDED" });
    await open();
    expect(await screen.findByRole("button", { name: "Issue the invoice" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Mark as paid" })).toBeNull();
  });

  it("has its invoice issued once, and as PDF from then on", async () => {
    keeping();
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Issue the invoice" }));
    expect(await screen.findByText("Invoice HCFC-2026-000001")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "HCFC-2026-000001 as PDF" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Issue the invoice" })).toBeNull();
  });

  it("tells what was sent about it and how far it came, and sends it again", async () => {
    const kept = keeping();
    const { user } = await open();
    const told = await screen.findByRole("region", { name: "Messages" });
    expect(await within(told).findByText(/Sent back by the mailbox/)).toHaveTextContent("550");
    expect(within(told).getByText(/ada@demo.test/)).toBeInTheDocument();
    await user.click(within(told).getByRole("button", { name: "Send again: Receipt" }));
    expect(await within(told).findByText("Waiting to be sent")).toBeInTheDocument();
    expect(kept.said).toEqual(["message-1"]);
    expect(kept.keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("says why something is not sent again", async () => {
    keeping();
    server.use(http.post(api("/orders/:id/messages/:message/resend"), () => refuse(409, "MSG002")));
    const { user } = await open();
    await user.click(await screen.findByRole("button", { name: "Send again: Receipt" }));
    expect(await screen.findByText(/cannot be repeated/)).toBeInTheDocument();
  });

  it("names its seats by the number that stands on them", async () => {
    const [terrace, stand] = VENUE.sections;
    const rows = [{ label: "F", seats: 20, numbering: { start: 101, step: 2 } }];
    const seat = { ticketId: "ticket-1", sectionId: "stand", row: "F", seat: 13 };
    const tickets = [{ ...seat, name: "Ada", answers: {}, complete: true }];
    keeping();
    server.use(
      http.get(api("/venues/:id"), () => ok({ ...VENUE, sections: [terrace, { ...stand, rows }] })),
      http.get(api("/orders/:id/answers"), () =>
        ok({ ...unasked(), form: { ...NOTHING_ASKED, holderNames: true }, tickets }),
      ),
    );
    await open();
    expect(await screen.findByRole("checkbox", { name: /^Row F, seat 125/ })).toBeInTheDocument();
    const answers = screen.getByRole("region", { name: "Who comes, and answers" });
    await waitFor(() => expect(answers).toHaveTextContent(/Row F, seat 125/));
  });

  it("has notes that colleagues read", async () => {
    keeping();
    const { user } = await open();
    const notes = await screen.findByRole("region", { name: "Notes" });
    await user.type(within(notes).getByLabelText("New note"), "Comes by bus");
    await user.click(within(notes).getByRole("button", { name: "Note it" }));
    expect(await within(notes).findByText("Comes by bus")).toBeInTheDocument();
    expect(within(notes).getByText(/· you$/)).toBeInTheDocument();
    expect(within(notes).getByLabelText("New note")).toHaveValue("");
  });
});
