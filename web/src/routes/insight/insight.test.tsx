import { fireEvent, screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import { event, ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

it("shows an event as it stood, where its orders came from, and another one beside it", async () => {
  const asked: string[] = [];
  const FIGURES = "/analytics/events/:id";
  server.use(
    http.get(api("/users/me"), () => ok(ME)),
    http.get(api("/events/:id"), () => ok(event())),
    http.get(api("/events"), () => ok([event(), event({ id: "event-2", name: "Last year" })])),
    http.get(api(`${FIGURES}/timeseries`), ({ params }) =>
      ok({
        metric: "sales",
        bucket: "hour",
        points: [{ at: "2026-01-01T10:00:00Z", value: params.id === "event-2" ? 777 : 42 }],
      }),
    ),
    http.get(api(`${FIGURES}/replay`), ({ request }) => {
      const at = new URL(request.url).searchParams.get("at") ?? "";
      asked.push(at);
      const sections = [{ sectionId: "s", name: "North", capacity: 50, sold: 3, checkedIn: 3, inside: 2 }];
      return ok({ at, ticketsSold: 3, revenue: 13_950, checkedIn: 3, inside: 2, currency: "EUR", sections });
    }),
    http.get(api(`${FIGURES}/prices`), () =>
      ok([
        { sectionId: "stand", priceLevel: "ADULT", ticketsSold: 2, amount: 9_000, fees: 300, discount: 900 },
        { sectionId: "gone", priceLevel: "EARLY", ticketsSold: 1, amount: 5_000, fees: 0, discount: 0 },
      ]),
    ),
    http.get(api(`${FIGURES}/channels`), () =>
      ok([
        { source: "newsletter", visitors: 9, orders: 2, ticketsSold: 3, revenue: 13_950 },
        { source: "(other)", visitors: 4, orders: 0, ticketsSold: 0, revenue: 0 },
        { source: null, visitors: 1, orders: 0, ticketsSold: 0, revenue: 0 },
      ]),
    ),
    http.get(api("/analytics/organizations/:id/cohorts"), () =>
      ok([{ cohort: "2026-10-01", months: 1, buyers: 4, orders: 5, revenue: 100, currency: "EUR" }]),
    ),
  );
  const { user, router } = await openApp("/organizer/events/event-1/insight", { signedIn: true });
  expect(await screen.findByText("3 tickets, €139.50, 2 inside")).toBeInTheDocument();
  expect(await screen.findByRole("row", { name: "EARLY 1 €50.00 €0.00 €0.00 €50.00" })).toBeInTheDocument();
  expect(screen.getByRole("row", { name: "All 3 €140.00 €3.00 €9.00 €134.00" })).toBeInTheDocument();
  expect(screen.getByRole("row", { name: "newsletter 9 2 €139.50" })).toBeInTheDocument();
  expect(screen.getByRole("row", { name: "All other sources 4 0 €0.00" })).toBeInTheDocument();
  expect(screen.getByRole("row", { name: "North 3 / 50 2" })).toBeInTheDocument();
  expect(screen.getByRole("row", { name: "Not told 1 0 €0.00" })).toBeInTheDocument();
  expect(await screen.findByRole("row", { name: "2026-10 1 4 5 €1.00" })).toBeInTheDocument();
  fireEvent.change(screen.getByRole("slider"), { target: { value: "0" } });
  await waitFor(() => expect(asked.at(-1)).toBe("2026-01-01T10:00:00.000Z"));
  // The day itself is walked through by two minutes, from six hours before.
  expect(screen.getByText(/sold out$/)).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "The day itself" }));
  expect(await screen.findByText(/all who bought are inside$/)).toBeInTheDocument();
  const { startTime, endTime } = event();
  const minutes = (Date.parse(endTime) - Date.parse(startTime)) / 60_000 + 360;
  expect(screen.getByRole("slider")).toHaveAttribute("max", String(Math.ceil(minutes / 2)));
  const before = asked.length;
  for (const value of ["0", "1", "2"]) fireEvent.change(screen.getByRole("slider"), { target: { value } });
  const then = Date.parse(startTime) - 6 * 3_600_000 + 4 * 60_000;
  await waitFor(() => expect(asked.at(-1)).toBe(new Date(then).toISOString()));
  expect(asked.slice(before).filter((at) => at !== new Date(then).toISOString()).length).toBeLessThan(2);
  await user.selectOptions(screen.getByLabelText("The other event"), "event-2");
  expect((await screen.findAllByRole("cell", { name: "777" })).length).toBeGreaterThan(0);
  expect(screen.getAllByRole("cell", { name: "42" }).length).toBeGreaterThan(0);
  // What is looked at can be sent to somebody.
  const there = new URLSearchParams(router.state.location.search);
  expect([there.get("with"), there.get("through"), there.get("at")]).toEqual([
    "event-2",
    "day",
    new Date(then).toISOString(),
  ]);
  // It plays on from there, a step after the other, until it is stopped.
  await user.click(screen.getByRole("button", { name: "Play" }));
  await waitFor(() => expect(Number(screen.getByRole<HTMLInputElement>("slider").value)).toBeGreaterThan(2));
  await user.click(screen.getByRole("button", { name: "Stop" }));
});
