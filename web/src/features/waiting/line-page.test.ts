import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";

const EVENT = "01234567-89ab-7def-8123-456789abcdef";
const AT = "2026-03-14T18:00:00Z";

/** The page that stands alone, on a device whose clock says so; each `turn` is one more question. */
function standingAlone(now: string) {
  let at = AT;
  const gone: string[] = [];
  const later: (() => void)[] = [];
  const clock = class extends Date {
    static override now = () => Date.parse(now);
  };
  // A document of its own: that of the tests is shared by all files of a worker.
  const page = new DOMParser().parseFromString(readFileSync("public/line.html", "utf8"), "text/html");
  runInNewContext(readFileSync("public/line.js", "utf8"), {
    document: page,
    navigator,
    Intl,
    AbortSignal,
    Date: clock,
    localStorage: { getItem: () => JSON.stringify({ [EVENT]: { position: 41, lane: 0 } }) },
    location: { pathname: "/line.html", search: `?event=${EVENT}`, replace: (to: string) => gone.push(to) },
    fetch: async () => Response.json({ data: { at, lanes: [{ lane: 0, serving: 30 }] } }),
    setTimeout: (then: () => void) => later.push(then),
  });
  const turn = async (made = at) => {
    at = made;
    await expect.poll(() => later.length).toBe(1);
    later.pop()?.();
  };
  return { gone, page, turn };
}

it.each([
  ["right", "2026-03-14T18:00:05Z"],
  ["an hour late", "2026-03-14T17:00:00Z"],
  ["an hour early", "2026-03-14T19:00:00Z"],
])("goes back by a newer number alone, on a clock that is %s", async (_how, now) => {
  const { gone, page, turn } = standingAlone(now);
  await turn();
  await turn();
  // The number that a CDN has kept says nothing of us.
  expect(gone).toEqual([]);
  expect(page.getElementById("number")?.textContent).toBe("10");
  await turn("2026-03-14T18:00:30Z");
  await turn();
  expect(gone).toEqual([`/events/${EVENT}/queue`]);
});
