import { describe, expect, it } from "vitest";
import { contract } from "./contract";
import { event } from "./fixtures";

const asked = (path: string, method = "GET") => new Request(`http://localhost/api/v1${path}`, { method });
const judged = (request: Request, body: unknown, status = 200) =>
  contract.departures(request, Response.json(body, { status }));

describe("an answer of a test", () => {
  it("is one that the document has", async () => {
    expect(await judged(asked("/events/1"), { success: true, data: event() })).toEqual([]);
    const refused = { success: false, error: { code: "EVENT001", message: "There is none." } };
    expect(await judged(asked("/events/1"), refused, 404)).toEqual([]);
  });

  it.each([
    ["a field less", { ...event(), name: undefined }, "/data must have required property 'name'"],
    ["a field more", { ...event(), title: "x" }, "/data must NOT have additional properties"],
    ["another kind of value", { ...event(), taxRate: "20 %" }, "/data/taxRate must be integer"],
    ["a word that is none", { ...event(), status: "SOON" }, "/data/status must be equal to one of"],
    ["a time that is none", { ...event(), startTime: "soon" }, "/data/startTime must match format"],
  ])("is refused with %s", async (_what, data, words) => {
    const [first] = await judged(asked("/events/1"), { success: true, data });
    expect(first).toContain(`GET /api/v1/events/1 200: ${words}`);
  });

  it("is refused where no route is, and with a status of none of its answers", async () => {
    expect(await judged(asked("/nowhere"), {})).toEqual(["GET /api/v1/nowhere 200: there is no such route"]);
    expect(await judged(asked("/orders", "POST"), {}, 200)).toEqual([
      "POST /api/v1/orders 200: that status is not among its answers",
    ]);
  });
});
