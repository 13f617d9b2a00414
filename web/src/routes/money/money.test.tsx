import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Dispute, Invoice, LedgerLine, Payout, Role } from "@/shared/api/contract";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const OF = "/organizations/org-1";
const PAGE = "/organizer/org-1/money";
const LINE: LedgerLine = {
  eventId: "event-1",
  currency: "EUR",
  processor: 8100,
  bank: 0,
  till: 500,
  receivable: 0,
  sales: -7600,
  fees: -250,
  tax: -1750,
  refunds: 1000,
  disputes: 0,
};
const DISPUTE: Dispute = {
  disputeId: "dp_1",
  orderId: "order-1",
  eventId: "event-1",
  amount: 4500,
  currency: "EUR",
  reason: "fraudulent",
  status: "OPEN",
  dueBy: "2026-12-06T10:00:00Z",
  openedAt: "2026-11-29T10:00:00Z",
};
const INVOICE: Invoice = {
  invoiceId: "paper-1",
  number: "2026-000001",
  kind: "CREDIT_NOTE",
  orderId: "order-1",
  amount: 1200,
  tax: 200,
  currency: "EUR",
  issuedAt: "2026-11-29T10:00:00Z",
};
const PAYOUT: Payout = {
  payoutId: "po_1",
  status: "in_transit",
  amount: 17_272,
  gross: 17_600,
  fees: 328,
  currency: "EUR",
  payments: 2,
  createdAt: "2026-11-28T06:00:00Z",
  arrivesAt: "2026-11-30T00:00:00Z",
};

function as(role: Role, { disputes = [DISPUTE], lines = [LINE], payouts = [PAYOUT] } = {}) {
  const asked: string[] = [];
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role }] }),
    ),
    http.get(api("/events"), () => ok([])),
    http.get(api(`${OF}/ledger`), ({ request }) => {
      asked.push(new URL(request.url).search);
      return ok(lines);
    }),
    http.get(api(`${OF}/disputes`), () => ok(disputes)),
    http.get(api(`${OF}/payouts`), () => ok(payouts)),
    http.get(api(`${OF}/invoices`), () => ok([INVOICE])),
  );
  return asked;
}

describe("the money page", () => {
  it("says what was sold, what went back, what stays and where it is", async () => {
    as("MANAGER");
    await openApp(PAGE, { signedIn: true });
    const tile = (await screen.findByText(/0 at the card processor/)).closest("div");
    expect(tile).toHaveTextContent("What stays€86.00€81.00 at the card processor · €5.00 in the till");
    const table = await screen.findByRole("table");
    expect(
      within(table)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    ).toEqual([...["€96.00", "€86.00", "€10.00", "€0.00"]]);
  });

  it("shows one list at a time, which stands in the address and keeps the span", async () => {
    as("MANAGER");
    const { user, router } = await openApp(`${PAGE}?span=year&list=invoices`, { signedIn: true });
    expect(await screen.findByText("Credit note 2026-000001")).toBeVisible();
    expect(screen.getByText(/-€12\.00/)).toBeVisible();
    expect(screen.queryByText("€172.72")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Disputes" }));
    expect(await screen.findByText(/€45\.00/)).toBeVisible();
    expect(router.state.location.search).toBe("?span=year&list=disputes");
  });

  it("has a screenful of a long list in the page, and reads on at its end", async () => {
    as("MANAGER");
    const asked: string[] = [];
    server.use(
      http.get(api(`${OF}/invoices`), ({ request }) => {
        const from = Number(new URL(request.url).searchParams.get("cursor") ?? 0);
        asked.push(String(from));
        const page = Array.from({ length: 500 }, (_, at) => ({
          ...INVOICE,
          invoiceId: `paper-${from + at}`,
          number: `2026-${from + at}`,
        }));
        return ok(page, from === 0 ? { nextCursor: "500" } : {});
      }),
    );
    await openApp(`${PAGE}?list=invoices`, { signedIn: true });
    const list = await screen.findByRole("list", { name: "Invoices" });
    expect(within(list).getAllByRole("listitem").length).toBeLessThan(60);
    expect(asked).toEqual(["0"]);
    vi.spyOn(list, "getBoundingClientRect").mockReturnValue({ top: -1_000_000 } as DOMRect);
    fireEvent.scroll(window);
    await waitFor(() => expect(asked).toEqual(["0", "500"]));
  });

  it("says so where it does not add up the whole ledger", async () => {
    as("MANAGER");
    server.use(http.get(api(`${OF}/ledger`), () => ok([LINE], { nextCursor: "event-1~EUR" })));
    await openApp(PAGE, { signedIn: true });
    expect(await screen.findByText(/^These are the sums of the first 50 lines alone/)).toBeVisible();
  });

  it("adds up all pages of the ledger", async () => {
    as("MANAGER");
    server.use(
      http.get(api(`${OF}/ledger`), ({ request }) =>
        new URL(request.url).searchParams.has("cursor")
          ? ok([{ ...LINE, eventId: "event-2" }])
          : ok([LINE], { nextCursor: "event-1~EUR" }),
      ),
    );
    await openApp(PAGE, { signedIn: true });
    const tile = (await screen.findByText(/0 at the card processor/)).closest("div");
    expect(tile).toHaveTextContent("What stays€172.00");
  });

  it("asks the ledger for the span that is chosen", async () => {
    const asked = as("OWNER");
    const { user } = await openApp(PAGE, { signedIn: true });
    await user.selectOptions(await screen.findByLabelText("Time"), "lastYear");
    await waitFor(() => expect(asked).toHaveLength(2));
    const query = new URLSearchParams(asked[1]);
    expect(
      new Date(query.get("to") ?? 0).getTime() - new Date(query.get("from") ?? 0).getTime(),
    ).toBeGreaterThan(364 * 86_400_000);
    expect(screen.getByLabelText("Time")).toHaveValue("lastYear");
  });

  it("says what of a payout is this organization's, and where it is", async () => {
    as("OWNER");
    await openApp(PAGE, { signedIn: true });
    const line = (await screen.findByText("€172.72")).closest("li");
    expect(line).toHaveTextContent("€176.00 of 2 payments, less €3.28 fees");
    expect(line).toHaveTextContent("Expected in the bank on 30 Nov 2026 · po_1On its way");
  });

  it("gives the evidence of a dispute as a file, and says when it did not come", async () => {
    as("MANAGER");
    let isAway = true;
    const made = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:paper");
    vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
    server.use(
      http.get(api("/orders/order-1/evidence"), () =>
        isAway ? refuse(503, "SYS002") : new HttpResponse(new Uint8Array([37]), { status: 200 }),
      ),
    );
    const { user } = await openApp(`${PAGE}?list=disputes`, { signedIn: true });
    const button = await screen.findByRole("button", { name: "Evidence on the dispute over €45.00" });
    await user.click(button);
    expect(await screen.findByRole("alert")).toHaveTextContent("It did not come. Try again.");
    isAway = false;
    await user.click(button);
    await waitFor(() => expect(made).toHaveBeenCalledOnce());
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("is empty in words, and closed to who is no manager", async () => {
    as("OWNER", { disputes: [], lines: [], payouts: [] });
    const { unmount, user } = await openApp(PAGE, { signedIn: true });
    expect(await screen.findByText("No money moved")).toBeVisible();
    expect(await screen.findByText("Nothing was paid out yet.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Disputes" }));
    expect(await screen.findByText("Nobody disputes a payment.")).toBeVisible();
    unmount();
    const asked = as("ANALYST");
    await openApp(PAGE, { signedIn: true });
    expect(await screen.findByText("Managers and owners see the money")).toBeVisible();
    expect(asked).toEqual([]);
  });
});
