import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { expect, it, vi } from "vitest";
import type { SearchHit } from "@/shared/api/contract";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";
import { setDesktop } from "@/testing/setup";

const FACETS = {
  type: [],
  status: [{ value: "ON_SALE", count: 3 }],
  city: [
    { value: "Harbour City", count: 2 },
    { value: "Kingsport", count: 1 },
  ],
  amenity: [{ value: "parking", count: 3 }],
  month: [{ value: "2099-03", count: 3 }],
};

const hit = (change: Partial<SearchHit> = {}): SearchHit => ({
  type: "event",
  score: 1,
  id: "event-1",
  name: "Harbour <b> v Northgate",
  status: "ON_SALE",
  startTime: "2099-03-14T19:45:00Z",
  venue: { id: "venue-1", name: "Lantern Park", city: "Harbour City", timezone: "America/New_York" },
  priceFrom: 2800,
  currency: "EUR",
  highlights: { name: "<mark>Harbour</mark> &lt;b&gt; v Northgate" },
  ...change,
});

const field = () => screen.findByRole("combobox", { name: /Search events/ });

/** Answers the search and remembers what was asked. */
function searching(answer: (query: URLSearchParams) => Response) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(api("/search"), ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      return answer(query);
    }),
  );
  return asked;
}
const page = (hits: SearchHit[], meta: object = {}) =>
  ok(hits, { page: 1, limit: 24, total: hits.length, facets: FACETS, ...meta });

const suggesting = (...names: string[]) =>
  server.use(
    http.get(api("/search/suggest"), () =>
      ok(names.map((name, index) => ({ type: index === 0 ? "event" : "venue", id: `s-${index}`, name }))),
    ),
  );

it("shows what was found with its day, the place's own clock and what matched, as text", async () => {
  searching(() => page([hit()]));
  await openApp("/?q=harbour");
  const shown = await screen.findByRole("link", { name: /Harbour <b> v Northgate/ });
  expect(within(shown).getByText("Harbour", { selector: "mark" })).toBeVisible();
  expect(shown).toHaveTextContent("15:45");
  expect(shown).toHaveTextContent("Saturday 14 March");
  expect(shown).toHaveTextContent("On sale");
  expect(shown).toHaveTextContent("from €28");
});

it("keeps words, facets, prices and order in the address, and clears them", async () => {
  const asked = searching(() => page([hit()]));
  const { user, path } = await openApp("/");
  await user.type(await field(), "harbour{Enter}");
  await screen.findByRole("link", { name: /Northgate/ });
  await user.click(await screen.findByRole("checkbox", { name: "Kingsport 1" }));
  await user.click(await screen.findByRole("checkbox", { name: "March 2099 3" }));
  await user.type(screen.getByRole("textbox", { name: "Up to" }), "45,50{Enter}");
  await user.selectOptions(screen.getByRole("combobox", { name: "Order" }), "Price");
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("price"));
  const last = Object.fromEntries(asked.at(-1) ?? []);
  expect(last).toMatchObject({
    type: "event",
    q: "harbour",
    city: "Kingsport",
    month: "2099-03",
    priceMax: "4550",
    currency: "EUR",
  });
  expect(path()).toBe("/?q=harbour&city=Kingsport&month=2099-03&priceMax=4550&currency=EUR&sort=price");
  await user.click(screen.getByRole("button", { name: "Clear all" }));
  await waitFor(() => expect(path()).toBe("/"));
  expect(await field()).toHaveValue("");
});

it("chooses several of one kind, each to be taken back alone", async () => {
  const asked = searching(() => page([hit()]));
  const { user, path } = await openApp("/?q=harbour&city=Kingsport&city=Elsewhere");
  // What is chosen stays in sight, though nothing found is so.
  const elsewhere = await screen.findByRole("checkbox", { name: "Elsewhere" });
  expect(elsewhere).toBeChecked();
  await user.click(screen.getByRole("checkbox", { name: "Harbour City 2" }));
  await user.click(elsewhere);
  await waitFor(() => expect(path()).toBe("/?q=harbour&city=Kingsport&city=Harbour+City"));
  await waitFor(() => expect(asked.at(-1)?.getAll("city")).toEqual(["Kingsport", "Harbour City"]));
});

it("refuses a price that is none, and asks nothing", async () => {
  const asked = searching(() => page([hit()]));
  const { user, path } = await openApp("/?q=harbour");
  await screen.findByRole("link", { name: /Northgate/ });
  const before = asked.length;
  await user.type(screen.getByRole("textbox", { name: "From" }), "cheap{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Type an amount");
  expect(asked).toHaveLength(before);
  expect(path()).toBe("/?q=harbour");
});

it("proposes names by keyboard: arrows choose, Escape closes, Enter goes", async () => {
  searching(() => page([hit()]));
  suggesting("Harbour v Northgate", "Harbourside Stadium");
  const { user, path } = await openApp("/");
  const box = await field();
  await user.type(box, "harb");
  const [event, venue] = await screen.findAllByRole("option");
  expect(box).toHaveAttribute("aria-expanded", "true");
  await user.keyboard("{ArrowDown}");
  expect(box).toHaveAttribute("aria-activedescendant", event?.id);
  expect(event).toHaveAttribute("aria-selected", "true");
  await user.keyboard("{ArrowDown}{ArrowDown}");
  expect(box).not.toHaveAttribute("aria-activedescendant");
  await user.keyboard("{Escape}");
  expect(box).toHaveAttribute("aria-expanded", "false");
  expect(box).toHaveValue("harb");
  await user.keyboard("{ArrowUp}");
  await waitFor(() => expect(box).toHaveAttribute("aria-activedescendant", venue?.id));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(path()).toBe("/venues/s-1"));
});

it("shows what is popular in an empty field, and never beside what is typed", async () => {
  const asked: string[] = [];
  server.use(
    http.get(api("/search/suggest"), ({ request }) => {
      const q = new URL(request.url).searchParams.get("q") ?? "";
      asked.push(q);
      return ok(q === "" ? [{ type: "event", id: "s-9", name: "Everybody's Derby" }] : []);
    }),
  );
  const { user, path } = await openApp("/");
  expect(asked).toEqual([]);
  await user.click(await field());
  await screen.findByRole("option", { name: /Everybody's Derby/ });
  expect(screen.getByRole("listbox", { name: "Popular" })).toBeVisible();
  await user.type(await field(), "zz");
  await waitFor(() => expect(asked.at(-1)).toBe("zz"));
  await waitFor(() => expect(screen.queryByRole("option")).not.toBeInTheDocument());
  await user.clear(await field());
  await user.click(await screen.findByRole("option", { name: /Everybody's Derby/ }));
  await waitFor(() => expect(path()).toBe("/events/s-9"));
});

it("goes to an event that was clicked", async () => {
  suggesting("Harbour v Northgate");
  const { user, path } = await openApp("/");
  await user.type(await field(), "harb");
  await user.click(await screen.findByRole("option", { name: /Harbour v Northgate/ }));
  await waitFor(() => expect(path()).toBe("/events/s-0"));
});

it("says how many proposals there are once, when somebody pauses", async () => {
  suggesting("Harbour v Northgate", "Harbourside Stadium");
  const { user } = await openApp("/");
  const said: string[] = [];
  const watch = new MutationObserver(() => {
    const now = screen.queryByText(/suggestions, arrow/)?.textContent;
    if (now && said.at(-1) !== now) said.push(now);
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
  await user.type(await field(), "harb");
  await screen.findByText("2 suggestions, arrow keys choose");
  watch.disconnect();
  expect(said).toEqual(["2 suggestions, arrow keys choose"]);
});

it("goes on without proposals when they do not come", async () => {
  searching(() => page([hit()]));
  server.use(http.get(api("/search/suggest"), () => refuse(429, "RATE001")));
  const { user } = await openApp("/");
  await user.type(await field(), "harb{Enter}");
  await screen.findByRole("link", { name: /Northgate/ });
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

it("says what was meant, and what to do when nothing is found", async () => {
  searching((query) => (query.get("q") === "zzz" ? page([]) : page([hit()], { didYouMean: "harbour" })));
  const { user, path } = await openApp("/?q=hrabour");
  await screen.findByText("Showing what was found for “harbour”.");
  const box = await field();
  await user.clear(box);
  await user.type(box, "zzz{Enter}");
  await screen.findByText("Nothing found for “zzz”");
  await user.click(screen.getByRole("button", { name: "Clear the filters" }));
  await screen.findByRole("link", { name: /Harbour City v/ });
  expect(path()).toBe("/");
});

it("orders by distance from about where somebody is, and says if that is not known", async () => {
  const asked = searching(() => page([hit({ distanceKm: 12.4 })]));
  const locate = vi.fn<Geolocation["getCurrentPosition"]>();
  Object.defineProperty(navigator, "geolocation", {
    configurable: true,
    value: { getCurrentPosition: locate },
  });
  const { user, path } = await openApp("/");
  locate.mockImplementationOnce((_, refuse) => refuse?.({} as GeolocationPositionError));
  await user.click(await screen.findByRole("button", { name: "Near me" }));
  await screen.findByText(/We do not know where you are/);
  locate.mockImplementationOnce((found) =>
    found({ coords: { latitude: 53.34981, longitude: -6.26031 } } as GeolocationPosition),
  );
  await user.click(await screen.findByRole("button", { name: "Near me" }));
  expect(await screen.findByRole("link", { name: /Northgate/ })).toHaveTextContent("12 km away");
  expect(asked.at(-1)?.get("near")).toBe("53.35,-6.26");
  await user.click(await screen.findByRole("button", { name: "Near me" }));
  await waitFor(() => expect(path()).toBe("/"));
});

it("has the same filters on a phone, folded", async () => {
  setDesktop(false);
  searching(() => page([hit()]));
  const { user, path } = await openApp("/?q=harbour");
  await user.click(await screen.findByText("Filters"));
  await user.click(await screen.findByRole("checkbox", { name: "Harbour City 2" }));
  await waitFor(() => expect(path()).toBe("/?q=harbour&city=Harbour+City"));
  setDesktop(true);
});

it("says no price of what nobody can buy any more: the sale on line ends before the event does", async () => {
  const started = {
    id: "event-2",
    name: "Under way",
    status: "LIVE",
    startTime: "2020-03-14T19:45:00Z",
  } as const;
  const ended = { id: "event-3", name: "Sale over", salesEndAt: "2020-03-14T19:45:00Z" };
  searching(() => page([hit(), hit({ ...started, highlights: {} }), hit({ ...ended, highlights: {} })]));
  await openApp("/?q=harbour");
  const open = await screen.findByRole("link", { name: /Harbour <b> v Northgate/ });
  expect(within(open).getByText(/28/)).toBeVisible();
  for (const name of [/Under way/, /Sale over/]) {
    const closed = screen.getByRole("link", { name });
    expect(within(closed).queryByText(/28/)).toBeNull();
    expect(within(closed).getByText("No more tickets online")).toBeVisible();
  }
});
