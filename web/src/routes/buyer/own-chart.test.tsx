import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import { CHART, event, VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

// The venue was changed after the sale: its present chart has another stand and another gate.
const CHANGED = {
  ...VENUE,
  chartId: "chart-2",
  sections: [{ id: "new", name: "New stand", kind: "GENERAL", capacity: 5, gate: "Z" }],
};

function changedVenue() {
  let reads = 0;
  server.use(
    http.get(api("/venues/venue-1"), () => ok(CHANGED)),
    http.get(api("/venues/venue-1/charts/chart-1"), () => {
      reads += 1;
      return ok(CHART);
    }),
  );
  return () => reads;
}

it("shows an event with its own chart, not with the venue's present one", async () => {
  const reads = changedVenue();
  const { user } = await openApp("/events/event-1");
  await user.click(await screen.findByText("List"));
  expect((await screen.findAllByText(/Section 110/)).length).toBeGreaterThan(0);
  expect(screen.queryByText(/New stand/)).not.toBeInTheDocument();
  expect(reads()).toBe(1);
});

it("keeps section and gate of a ticket that was sold", async () => {
  changedVenue();
  await openApp("/tickets/ticket-1", { signedIn: true });
  const sign = await screen.findByRole("article", { name: "Ticket" });
  await within(sign).findByText("G");
  expect(sign.textContent).toMatch(/RowF.*Seat13.*GateG/);
});

it("names the places of the wallet by the chart they were sold with", async () => {
  changedVenue();
  server.use(http.get(api("/events/event-1"), () => ok(event())));
  await openApp("/tickets", { signedIn: true });
  expect(await screen.findByRole("region", { name: "Coming" })).toBeInTheDocument();
  expect(await screen.findByText(/Section 110/)).toBeInTheDocument();
});

it("draws the front page's bowl with the event's own chart", async () => {
  const reads = changedVenue();
  const { container } = await openApp("/");
  await waitFor(() => expect(container.querySelectorAll(".hero .bowl path").length).toBeGreaterThan(0));
  expect(reads()).toBe(1);
});
