import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it, vi } from "vitest";
import { card } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, broken, ok, refuse, server } from "@/testing/server";

/** Answers the list and remembers what was asked. */
function listing(answer: (query: URLSearchParams) => Response) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(api("/events"), ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      return answer(query);
    }),
  );
  return asked;
}
const page = (...events: ReturnType<typeof card>[]) =>
  ok(events, { page: 1, limit: 48, total: events.length });

it("shows each event with its time at the venue, its price with fees and its state in words", async () => {
  listing(() => page(card(), card({ id: "event-2", name: "Track Night", status: "SOLD_OUT" })));
  await openApp("/");
  const shown = await screen.findByRole("link", { name: /Harbour City v Northgate United/ });
  await within(shown).findByText("Lantern Park, Harbour City");
  expect(shown).toHaveAttribute("href", "/events/event-1");
  expect(shown).toHaveTextContent("19:45");
  expect(shown).toHaveTextContent("from €28");
  expect(shown).toHaveTextContent("Available");
  const sold = screen.getByRole("link", { name: /Track Night/ });
  expect(sold).toHaveTextContent("Sold out");
  expect(sold).not.toHaveTextContent("from");
});

it("asks for the days of a chip", async () => {
  const asked = listing(() => page(card()));
  const { user } = await openApp("/");
  await screen.findByRole("link", { name: /Harbour City v/ });
  await user.click(screen.getByRole("button", { name: "Today" }));
  await waitFor(() => expect(asked.at(-1)?.get("to")).toBeTruthy());
  const span = Date.parse(asked.at(-1)?.get("to") ?? "") - Date.parse(asked.at(-1)?.get("from") ?? "");
  expect(span / 3_600_000).toBeGreaterThanOrEqual(23);
  expect(span / 3_600_000).toBeLessThanOrEqual(25);
});

it("says what failed, with the code last, and tries again on request", async () => {
  let isBroken = true;
  listing(() => (isBroken ? refuse(503, "SYS002", {}, { "X-Request-Id": "req-7" }) : page(card())));
  const { user } = await openApp("/");
  const alert = await screen.findByRole("alert", {}, { timeout: 4_000 });
  expect(alert).toHaveTextContent("We could not load the events.");
  expect(alert).toHaveTextContent("Code SYS002, request req-7");
  isBroken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("link", { name: /Harbour City v/ });
});

it("says that the server could not be reached when no answer came", async () => {
  listing(() => HttpResponse.error());
  await openApp("/");
  expect(await screen.findByRole("alert", {}, { timeout: 4_000 })).toHaveTextContent(
    "We could not reach the server",
  );
});

it("fetches further pages on request", async () => {
  const asked = listing((query) =>
    query.get("page") === "1"
      ? ok([card()], { page: 1, limit: 48, total: 60 })
      : ok([card({ id: "event-2", name: "Track Night" })], { page: 2, limit: 48, total: 60 }),
  );
  const { user } = await openApp("/");
  await user.click(await screen.findByRole("button", { name: "Show more events" }));
  await screen.findByRole("link", { name: /Track Night/ });
  expect(asked.map((query) => query.get("page"))).toEqual(["1", "2"]);
  expect(screen.queryByRole("button", { name: "Show more events" })).not.toBeInTheDocument();
});

it("puts forward the first event that can be bought, not one whose sale is over", async () => {
  const over = card({ id: "over", name: "Track Night", status: "LIVE", salesEndAt: "2020-01-01T00:00:00Z" });
  const next = card({ id: "next", name: "Harbour Gala", startTime: "2099-03-15T19:45:00Z" });
  listing(() => page(over, next));
  await openApp("/");
  const late = await screen.findByRole("link", { name: /Track Night/ });
  expect(late).toHaveTextContent("No more tickets online");
  expect(late).not.toHaveTextContent("from");
  expect(late).not.toHaveTextContent("left");
  expect(screen.getByRole("link", { name: /Harbour Gala/ })).toHaveTextContent("700 left");
});

it("shows the cards beside one that breaks", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const bad = card({ id: "bad", name: "Track Night", picture: {} as never });
  const both = [bad, card({ id: "good", name: "Harbour Gala" })];
  listing(() => broken(both, { page: 1, limit: 48, total: 2 }));
  await openApp("/");
  expect(await screen.findByRole("link", { name: /Harbour Gala/ })).toBeVisible();
  expect(screen.getByText("This event cannot be shown right now.")).toBeVisible();
  expect(screen.queryByRole("link", { name: /Track Night/ })).not.toBeInTheDocument();
});
