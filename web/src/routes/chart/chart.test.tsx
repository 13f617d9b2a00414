import { act, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { keptPlan } from "@/features/chart/kept-plan";
import { venueQuery } from "@/shared/api/catalog";
import type { ChartCard, ChartDocument } from "@/shared/api/contract";
import { ME, VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const PATH = `/organizer/venues/${VENUE.id}/chart`;
const MADE: ChartCard = {
  ...{ id: "chart-2", venueId: VENUE.id, name: null, capacity: 8, seats: 8, isCurrent: false },
  createdAt: "2026-11-29T12:00:00Z",
};
const DOCUMENT: ChartDocument = {
  version: 1,
  gates: [{ name: "A", at: [-10, 0] }],
  sections: [
    {
      id: "11111111-1111-4111-8111-111111111111",
      name: "North",
      kind: "SEATED",
      shape: [
        [0, 0],
        [60, 0],
        [60, 60],
        [0, 60],
      ],
      rows: [{ label: "A", seats: 4 }],
    },
  ],
};

function keeping() {
  const kept = {
    saved: [] as ChartDocument[],
    used: [] as (string | null)[],
    version: 3,
    chartId: VENUE.chartId,
    wait: Promise.resolve(),
    /** What somebody else drew: the chart that is current meanwhile. */
    theirs: DOCUMENT,
  };
  server.use(
    http.get(api("/users/me"), () => ok(ME)),
    http.get(api("/venues/:id"), () => ok({ ...VENUE, version: kept.version, chartId: kept.chartId })),
    http.get(api("/venues/:id/charts"), () => ok([])),
    http.get(api("/venues/:id/charts/:chart/document"), ({ params }) =>
      ok(params.chart === "chart-9" ? kept.theirs : (kept.saved.at(-1) ?? DOCUMENT)),
    ),
    http.post(api("/venues/:id/charts"), async ({ request }) => {
      kept.saved.push((await request.json()) as ChartDocument);
      await kept.wait;
      return ok(MADE, {}, 201);
    }),
    http.post(api("/venues/:id/charts/:chart/use"), ({ request }) => {
      const version = request.headers.get("If-Match");
      kept.used.push(version);
      if (version !== `"${kept.version}"`) return refuse(412, "CONFLICT001");
      kept.version += 1;
      return ok(MADE);
    }),
  );
  return kept;
}

describe("the chart editor", () => {
  let kept: ReturnType<typeof keeping>;
  beforeEach(() => {
    kept = keeping();
  });

  it("fills a section, makes seats accessible, and saves a new version under the venue's", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: /North 4 places/ }));
    const panel = screen.getByRole("region", { name: "North" });
    await user.clear(within(panel).getByLabelText("Rows"));
    await user.type(within(panel).getByLabelText("Rows"), "2");
    await user.clear(within(panel).getByLabelText("Seats a row"));
    await user.type(within(panel).getByLabelText("Seats a row"), "6");
    await user.click(within(panel).getByRole("button", { name: "Fill with rows" }));
    await user.selectOptions(within(panel).getByLabelText("Row"), "B, 6 seats");
    await user.click(within(panel).getByRole("button", { name: "Seat 1, plain" }));
    await user.keyboard("{Shift>}");
    await user.click(within(panel).getByRole("button", { name: "Seat 3, plain" }));
    await user.keyboard("{/Shift}");
    await user.click(within(panel).getByRole("button", { name: "accessible" }));
    await user.type(within(panel).getByLabelText("Seats in words"), "5-6");
    await user.click(within(panel).getByRole("button", { name: "restricted view" }));
    await user.selectOptions(within(panel).getByLabelText("Gate"), "A");
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"']));
    const [section] = kept.saved[0]?.sections ?? [];
    expect(section).toMatchObject({ id: DOCUMENT.sections[0]?.id, name: "North", gate: "A" });
    expect(section?.rows).toEqual([
      { label: "A", seats: 6, accessible: [], companion: [], restricted: [] },
      { label: "B", seats: 6, accessible: [1, 2, 3], companion: [], restricted: [5, 6] },
    ]);
  });

  it("moves by keys, takes steps back and forth, and saves nothing that is as it was", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    const save = await screen.findByRole("button", { name: "Save as a new chart" });
    expect(save).toBeDisabled();
    screen.getByRole("button", { name: "North", pressed: false }).focus();
    await user.keyboard("{Shift>}{ArrowRight}{/Shift}{ArrowDown}");
    await user.keyboard("{Control>}z{/Control}");
    await user.click(screen.getByRole("button", { name: "Redo" }));
    await user.click(save);
    await waitFor(() => expect(kept.saved).toHaveLength(1));
    expect(kept.saved[0]?.sections[0]?.shape?.[0]).toEqual([10, 1]);
  });

  /** Somebody else adds a standing section and more seats to North. */
  const somebodyIsFaster = () => {
    const [north] = DOCUMENT.sections as [ChartDocument["sections"][number]];
    const wider = { ...north, rows: [{ label: "A", seats: 9 }] };
    const terrace = { id: "22222222-2222-4222-8222-222222222222", name: "Terrace", kind: "GENERAL" } as const;
    kept.theirs = { ...DOCUMENT, sections: [wider, { ...terrace, capacity: 300 }] };
    kept.version = 4;
    kept.chartId = "chart-9";
  };

  it("keeps one's own where somebody was faster, and asks", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    somebodyIsFaster();
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    expect(await screen.findByText("Somebody made another chart current meanwhile.")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Make mine the current one" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"', '"4"']));
    expect(kept.saved).toHaveLength(1);
  });

  it("puts two drawings together, section by section, and saves over theirs", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: /North 4 places/ }));
    await user.type(within(screen.getByRole("region", { name: "North" })).getByLabelText("Name"), "!");
    await user.click(screen.getByRole("button", { name: "A section" }));
    somebodyIsFaster();
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    const together = await screen.findByRole("region", { name: "Yours and theirs" });
    const side = (section: RegExp, words: RegExp) =>
      within(within(together).getByRole("group", { name: section })).getByRole("radio", { name: words });
    expect(side(/^North! both drew it: name, places/, /Mine: North!, Seats, 4 places/)).toBeChecked();
    expect(side(/^Terrace they drew it/, /Theirs: Terrace, Standing, 300 places/)).toBeChecked();
    expect(side(/^Section 2 you drew it/, /Theirs: no such section/)).not.toBeChecked();
    await user.click(side(/^North!/, /Theirs: North, Seats, 9 places/));
    await user.click(within(together).getByRole("button", { name: "Put them together" }));
    expect(await screen.findByRole("button", { name: /Terrace 300 places/ })).toBeInTheDocument();
    expect(keptPlan(VENUE.id)).toMatchObject({ chartId: "chart-9", version: 4 });
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"', '"4"']));
    const told = kept.saved[1]?.sections.map(({ name, rows }) => [name, rows?.[0]?.seats]);
    expect(told).toEqual([
      ["North", 9],
      ["Terrace", undefined],
      ["Section 2", undefined],
    ]);
  });

  it("keeps one's own among the venue's charts and goes on with theirs", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    somebodyIsFaster();
    const mine = { ...MADE, isCurrent: false };
    server.use(http.get(api("/venues/:id/charts"), () => ok([mine])));
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await user.click(await screen.findByRole("button", { name: "Keep mine as a copy, open theirs" }));
    expect(await screen.findByRole("button", { name: /Terrace 300 places/ })).toBeInTheDocument();
    expect(keptPlan(VENUE.id)).toBeNull();
    await user.selectOptions(await screen.findByLabelText("Saved charts of this venue"), "chart-2");
    await user.click(screen.getByRole("button", { name: "Lay it on the desk" }));
    expect(await screen.findByRole("button", { name: /Section 2 0 places/ })).toBeInTheDocument();
    // A step like any other: Undo brings back what lay there.
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByRole("button", { name: /Terrace 300 places/ })).toBeInTheDocument();
  });

  it("asks nobody where something else of the venue was changed", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    kept.version = 4;
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"', '"4"']));
    expect(screen.queryByText("Somebody made another chart current meanwhile.")).not.toBeInTheDocument();
  });

  it("keeps what is drawn when somebody else made another chart current", async () => {
    const { user, client } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    kept.version = 4;
    kept.chartId = "chart-9";
    await act(() => client.refetchQueries({ queryKey: venueQuery(VENUE.id).queryKey }));
    expect(await screen.findByText("Somebody made another chart current meanwhile.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /Section 2 0 places/, pressed: true })).toBeInTheDocument();
    // Drawn over the older one: the server is told so, and finds who was faster.
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"']));
    expect(await screen.findByRole("button", { name: "Make mine the current one" })).toBeInTheDocument();
  });

  it("offers again what was not saved, over the chart that it was drawn on", async () => {
    const first = await openApp(PATH, { signedIn: true });
    await first.user.click(await screen.findByRole("button", { name: "A section" }));
    await first.user.click(screen.getByRole("link", { name: "Orders" }));
    await first.user.click(await screen.findByRole("button", { name: "Leave" }));
    await waitFor(() => expect(first.path()).toBe("/organizer/orders"));
    first.unmount();
    kept.version = 4;
    kept.chartId = "chart-9";
    const { user } = await openApp(PATH, { signedIn: true });
    expect(await screen.findByRole("button", { name: /North 4 places/ })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Go on with it" }));
    expect(await screen.findByRole("button", { name: /Section 2 0 places/ })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await user.click(await screen.findByRole("button", { name: "Make mine the current one" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"', '"4"']));
    expect(kept.saved[0]?.sections).toHaveLength(2);
    await waitFor(() => expect(keptPlan(VENUE.id)).toBeNull());
  });

  it("lets who has left go back at once", async () => {
    const { user, path, router } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    await user.click(screen.getByRole("link", { name: "Orders" }));
    let isBack = false;
    // Before the next page is drawn, while this one's guard is there yet.
    const stop = router.subscribe(({ location }) => {
      if (location.pathname !== "/organizer/orders") return;
      stop();
      queueMicrotask(
        () =>
          void router.navigate(-1).then(() => {
            isBack = true;
          }),
      );
    });
    await user.click(await screen.findByRole("button", { name: "Leave" }));
    await waitFor(() => expect(isBack).toBe(true));
    expect(path()).toBe(PATH);
  });

  it("keeps what is drawn while it is being saved", async () => {
    let answer = () => {};
    kept.wait = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await waitFor(() => expect(kept.saved).toHaveLength(1));
    await user.click(screen.getByRole("button", { name: "A section" }));
    answer();
    await waitFor(() => expect(screen.getByRole("button", { name: "Save as a new chart" })).toBeEnabled());
    expect(screen.getByRole("button", { name: /Section 3 0 places/ })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Save as a new chart" }));
    await waitFor(() => expect(kept.used).toEqual(['"3"', '"4"']));
    expect(kept.saved[1]?.sections).toHaveLength(3);
  });

  it("takes no file that is no chart, and keeps what is drawn", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "A section" }));
    const map = { type: "FeatureCollection", features: [] };
    const halves = { version: 1, sections: [{ name: "A", kind: "SEATED", rows: [{ label: "A" }] }] };
    for (const [text, said] of [
      ["{}", "This is no chart: sections"],
      ["null", "This is no chart: chart"],
      [JSON.stringify(map), "This is no chart: sections"],
      [JSON.stringify(halves), "This is no chart: sections.0.rows.0.seats"],
      ["not JSON", "This is no chart: JSON"],
    ] as const) {
      const file = new File([text], "chart.json", { type: "application/json" });
      await user.upload(screen.getByLabelText("Import JSON or CSV"), file);
      expect(await screen.findByText(said)).toBeInTheDocument();
    }
    expect(screen.getByRole("button", { name: /Section 2 0 places/ })).toBeInTheDocument();
  });

  it("lets the places of a standing section be typed anew", async () => {
    const { user } = await openApp(PATH, { signedIn: true });
    await user.click(await screen.findByRole("button", { name: /North 4 places/ }));
    await user.selectOptions(screen.getByLabelText("Kind"), "Standing");
    const places = screen.getByLabelText("Places");
    await user.clear(places);
    expect(places).toHaveValue("");
    await user.type(places, "350");
    expect(screen.getByRole("button", { name: /North 350 places/ })).toBeInTheDocument();
  });

  it("brings a file in, and says what is wrong with it", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post(api("/venues/:id/row-lists"), async ({ request }) => {
        sent.push(await request.json());
        return refuse(422, "VALIDATION001", {
          details: [{ field: "csv.2.seats", message: "must be a number" }],
        });
      }),
    );
    const { user } = await openApp(PATH, { signedIn: true });
    const field = await screen.findByLabelText("Import JSON or CSV");
    await user.upload(field, new File(["section,row,seats\nN,A,x"], "rows.csv", { type: "text/csv" }));
    expect(await screen.findByText(/csv.2.seats/)).toBeInTheDocument();
    expect(sent).toEqual([{ csv: "section,row,seats\nN,A,x" }]);
    const document = { version: 1, sections: [{ name: "Hall", kind: "GENERAL", capacity: 90 }] };
    const file = new File([JSON.stringify(document)], "chart.json", { type: "application/json" });
    await user.upload(screen.getByLabelText("Import JSON or CSV"), file);
    expect(await screen.findByRole("button", { name: /Hall 90 places/ })).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Save as a new chart" })).toBeEnabled();
  });
});
