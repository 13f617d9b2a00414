import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditEntry, Person, Standing } from "@/shared/api/contract";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const person = (number: number, change: Partial<Person> = {}): Person => ({
  userId: `p-${number}`,
  email: `p${number}@fans.test`,
  emailVerified: true,
  fullName: `Person ${number}`,
  roles: ["ATTENDEE"],
  disabled: false,
  mfaEnabled: false,
  createdAt: "2026-01-01T12:00:00Z",
  ...change,
});
const standing = (change: Partial<Standing> = {}): Standing => ({
  version: "0.1.0",
  python: "3.12.1",
  schemaVersion: "0048",
  engines: [
    { name: "PostgreSQL", version: "17.2" },
    { name: "Redis", version: null },
  ],
  programs: [],
  workers: 2,
  queued: 3,
  failed: 0,
  due: [{ kind: "payments.charge", due: 0, oldestSeconds: 0, taken: 0, stuck: 0, stuckRows: [] }],
  ...change,
});
const entry = (id: number): AuditEntry => ({
  id,
  at: "2026-11-29T12:00:00Z",
  action: "member.role",
  actorId: "ada",
  actorName: "Ada Owner",
  subjectId: "bob",
  organizationId: "org-1",
  sessionId: "s-1",
  keyId: null,
  address: "203.0.113.9",
  requestId: "r-1",
  details: { before: "STAFF", after: "ANALYST" },
});

beforeEach(() => {
  server.use(
    http.get(api("/users/me"), () => ok({ ...ME, roles: ["ADMIN", "ATTENDEE"] })),
    http.get(api("/admin/health"), () => ok(standing())),
  );
});

describe("people", () => {
  it("are found by what lies in the address, page by page, and disabled after a fresh sign-in", async () => {
    const asked: string[] = [];
    const changes: unknown[] = [];
    let isFresh = false;
    server.use(
      http.get(api("/admin/users"), ({ request }) => {
        const { searchParams } = new URL(request.url);
        asked.push(`${searchParams.get("q")} ${searchParams.get("page")}`);
        const from = (Number(searchParams.get("page")) - 1) * 100;
        const people = Array.from({ length: from === 0 ? 100 : 1 }, (_, at) =>
          person(from + at, at === 0 ? { disabled: changes.length > 0 } : {}),
        );
        return ok(people, { page: 1, limit: 100, total: 101 });
      }),
      http.patch(api("/admin/users/:id"), async ({ request, params }) => {
        if (!isFresh) return refuse(401, "AUTH005", { details: [{ field: "stepUp", message: "stale" }] });
        changes.push([params.id, await request.json()]);
        return ok(person(0, { disabled: true }));
      }),
      http.post(api("/auth/step-up"), () => {
        isFresh = true;
        return ok({ token: "token-2", expiresAt: "2099-01-01T00:00:00Z" });
      }),
    );
    const { user, path } = await openApp("/admin/people?q=person", SIGNED_IN);
    await screen.findByText("101 people");
    const list = screen.getByRole("list", { name: "People" });
    expect(within(list).getAllByRole("listitem").length).toBeLessThan(40);
    await user.click(within(list).getByRole("button", { name: /^Person 0/ }));
    await user.click(screen.getByRole("button", { name: "Disable" }));
    await user.type(await screen.findByLabelText("Password"), "correct horse 9");
    await user.click(screen.getByRole("button", { name: "Confirm" }));
    await screen.findByRole("button", { name: "Enable again" });
    expect(changes).toEqual([["p-0", { disabled: true }]]);
    await user.click(screen.getByRole("button", { name: "Close" }));
    await user.clear(screen.getByRole("searchbox"));
    await user.type(screen.getByRole("searchbox"), "ada{Enter}");
    await waitFor(() => expect(path()).toBe("/admin/people?q=ada"));
    await waitFor(() => expect(asked.at(-1)).toBe("ada 1"));
    expect(asked[0]).toBe("person 1");
  });
});

describe("the log", () => {
  it("is read on at its end, narrowed to a person, and shows before and after", async () => {
    vi.spyOn(window, "innerHeight", "get").mockReturnValue(100_000);
    const asked: (string | null)[][] = [];
    server.use(
      http.get(api("/admin/audit"), ({ request }) => {
        const { searchParams } = new URL(request.url);
        const cursor = searchParams.get("cursor");
        asked.push([searchParams.get("actorId"), cursor, searchParams.get("action")]);
        return ok([entry(cursor === null ? 2 : 1)], cursor === null ? { nextCursor: "2" } : {});
      }),
    );
    const { user, path } = await openApp("/admin/audit?action=member.", SIGNED_IN);
    const list = await screen.findByRole("list", { name: "What was changed, newest first" });
    await waitFor(() => expect(within(list).getAllByRole("listitem")).toHaveLength(2));
    const [first] = within(list).getAllByRole("button");
    await user.click(first as HTMLElement);
    const dialog = screen.getByRole("dialog", { name: "Role changed" });
    const row = within(dialog).getByRole("row", { name: "Value STAFF ANALYST" });
    expect(row).toBeInTheDocument();
    expect(within(dialog).getByText("203.0.113.9")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("button", { name: "What else they did" }));
    await waitFor(() => expect(path()).toBe("/admin/audit?action=member.&by=ada"));
    await waitFor(() => expect(asked).toContainEqual(["ada", null, "member."]));
    expect(asked.slice(0, 2)).toEqual([
      [null, null, "member."],
      [null, "2", "member."],
    ]);
  });

  it("is checked for cuts, and says which line was changed", async () => {
    let faults: string[] = [];
    server.use(
      http.get(api("/admin/audit"), () => ok([])),
      http.get(api("/admin/audit/chain"), () => ok({ sealed: 1200, after: 200, head: "ab12", faults })),
    );
    const { user } = await openApp("/admin/audit", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Check the seals" }));
    await screen.findByText("Whole: 1,000 of 1,200 sealed lines checked.");
    expect(screen.getByText(/ab12/)).toBeInTheDocument();
    faults = ["row 7 was cut"];
    await user.click(screen.getByRole("button", { name: "Check the seals" }));
    await screen.findByText("row 7 was cut");
    expect(screen.queryByText(/^Whole/)).not.toBeInTheDocument();
  });
});

describe("the platform", () => {
  it("turns a switch", async () => {
    const asked: unknown[] = [];
    server.use(
      http.get(api("/admin/flags"), () =>
        ok({ flags: { analytics_intake: true }, targets: {}, targetable: [] }),
      ),
      http.put(api("/admin/flags"), async ({ request }) => {
        asked.push(await request.json());
        return ok({ flags: { analytics_intake: false }, targets: {}, targetable: [] });
      }),
    );
    const { user } = await openApp("/admin/flags", SIGNED_IN);
    const toggle = await screen.findByRole("switch", { name: "analytics_intake" });
    await user.click(toggle);
    await waitFor(() => expect(toggle).not.toBeChecked());
    expect(asked).toEqual([{ flags: { analytics_intake: false } }]);
  });

  it("aims a switch at a share and at who is named, and at all again", async () => {
    const asked: unknown[] = [];
    const house = "018f0000-0000-7000-8000-000000000001";
    const target = { people: [], organizations: [house], percentage: 25 };
    const standing = (targets: object) => ({ flags: { pictures: true }, targets, targetable: ["pictures"] });
    server.use(
      http.get(api("/admin/flags"), () => ok(standing({}))),
      http.put(api("/admin/flags"), async ({ request }) => {
        asked.push(await request.json());
        return ok(standing(asked.length === 1 ? { pictures: target } : {}));
      }),
    );
    const { user } = await openApp("/admin/flags", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "For whom pictures is on: For all" }));
    await user.type(screen.getByLabelText("Organizations"), "the club");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("One of these is not an id, or there are more than 100.");
    expect(asked).toEqual([]);
    await user.clear(screen.getByLabelText("Organizations"));
    await user.type(screen.getByLabelText("Organizations"), house);
    await user.clear(screen.getByLabelText("Percentage"));
    await user.type(screen.getByLabelText("Percentage"), "25");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await user.click(
      await screen.findByRole("button", { name: "For whom pictures is on: For 25 %, 1 organization" }),
    );
    await user.click(screen.getByRole("button", { name: "On for all" }));
    await screen.findByRole("button", { name: "For whom pictures is on: For all" });
    expect(asked).toEqual([
      { flags: {}, targets: { pictures: target } },
      { flags: {}, targets: { pictures: null } },
    ]);
  });

  it("runs a failed job again, and what is stuck", async () => {
    const asked: unknown[] = [];
    let jobs = [{ jobId: "7", name: "orders.told", failedAt: "2026-11-29T12:00:00Z", why: "KeyError" }];
    const row = { key: "row-1", at: "2026-11-29T12:00:00Z", why: "away" };
    const kind = { kind: "payments.charge", due: 1, oldestSeconds: 2, taken: 0, stuck: 1, stuckRows: [row] };
    server.use(
      http.get(api("/admin/jobs"), () => ok(jobs)),
      http.post(api("/admin/jobs/7/retry"), () => {
        jobs = [];
        return new Response(null, { status: 204 });
      }),
      http.get(api("/admin/health"), () => ok(standing({ due: [kind] }))),
      http.post(api("/admin/due"), async ({ request }) => {
        asked.push(await request.json());
        return new Response(null, { status: 204 });
      }),
    );
    const { user } = await openApp("/admin/jobs", SIGNED_IN);
    await user.click(await screen.findByRole("button", { name: "Run orders.told again (7)" }));
    await screen.findByText("No job waits for a person");
    await user.click(screen.getByRole("button", { name: "Run row-1 again" }));
    await waitFor(() => expect(asked).toEqual([{ kind: "payments.charge", key: "row-1", deed: "RETRY" }]));
  });

  it("says where the processor's books differ, and what each payout comes to", async () => {
    const difference = {
      intentId: "pi_1",
      kind: "not_in_the_balance",
      orderId: "order-1",
      ours: "ledger 9300",
      theirs: "balance 0",
      foundAt: "2026-11-29T10:00:00Z",
    };
    const payout = {
      payoutId: "po_1",
      status: "paid",
      amount: 9136,
      currency: "EUR",
      isAutomatic: true,
      check: "DIFFERS",
      failureCode: null,
      createdAt: "2026-11-28T06:00:00Z",
      arrivesAt: "2026-11-30T00:00:00Z",
    };
    server.use(
      http.get(api("/admin/payment-differences"), () => ok([difference])),
      http.get(api("/admin/payouts"), ({ request }) =>
        new URL(request.url).searchParams.get("cursor") === "more"
          ? ok([{ ...payout, payoutId: "po_0", amount: 123 }])
          : ok([payout], { nextCursor: "more" }),
      ),
    );
    const { user } = await openApp("/admin/money", { signedIn: true });
    expect(await screen.findByText(/We say: ledger 9300 · The processor says: balance 0/)).toBeVisible();
    const line = (await screen.findByText("€91.36")).closest("li");
    expect(line).toHaveTextContent("Its payments come to another sumPaid");
    // What comes after the first page is read on.
    expect(await screen.findByText("€1.23")).toBeInTheDocument();
    const asked: unknown[] = [];
    server.use(
      http.post(api("/admin/payment-differences/dismiss"), async ({ request }) => {
        asked.push(await request.json());
        return new Response(null, { status: 204 });
      }),
      http.get(api("/admin/payment-differences"), () => ok([])),
    );
    await user.click(screen.getByRole("button", { name: /Take off the list/ }));
    await screen.findByText("The card processor's books and ours agree");
    expect(asked).toEqual([{ intentId: difference.intentId, kind: difference.kind }]);
  });

  it("says what is away, and that no worker runs", async () => {
    server.use(http.get(api("/admin/health"), () => ok(standing({ workers: 0 }))));
    await openApp("/admin", SIGNED_IN);
    await screen.findByText("No worker runs");
    const engines = screen.getByRole("region", { name: "Engines" });
    expect(within(engines).getByText("away")).toBeInTheDocument();
    expect(within(engines).getByText("17.2")).toBeInTheDocument();
    expect(screen.queryByRole("list", { name: "Processes" })).not.toBeInTheDocument();
  });

  it("names who is given up by its supervisor", async () => {
    const programs = [
      { name: "server 1", isGivenUp: false },
      { name: "worker", isGivenUp: true },
    ];
    server.use(http.get(api("/admin/health"), () => ok(standing({ programs }))));
    await openApp("/admin", SIGNED_IN);
    await screen.findByText("worker ended at each start");
    const list = within(screen.getByRole("list", { name: "Processes" }));
    expect(list.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
      "server 1runs",
      "workerends at each start",
    ]);
  });

  it("is closed to others", async () => {
    server.use(http.get(api("/users/me"), () => ok(ME)));
    await openApp("/admin/people", SIGNED_IN);
    await screen.findByText("Only who administers the platform may look here");
    expect(screen.queryByRole("searchbox")).not.toBeInTheDocument();
  });
});
