import { http } from "msw";
import { createMemoryRouter } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import { flush, tell } from "@/shared/measuring/tell";
import { order } from "@/testing/fixtures";
import { api, ok, refuse, server } from "@/testing/server";
import { measure } from "./measure";
import { makeQueryClient } from "./query-client";

interface Sent {
  type: string;
  eventId: string;
  sessionId: string;
  at: string;
  properties: object;
}

const EVENT = "018f4a2b-0000-7000-8000-000000000001";

/** What reaches the server; `flush` first. */
function listening(): Sent[] {
  const heard: Sent[] = [];
  server.use(
    http.post(api("/analytics/events"), async ({ request }) => {
      heard.push(...((await request.json()) as { events: Sent[] }).events);
      return ok({ accepted: 1 }, {}, 202);
    }),
  );
  return heard;
}

afterEach(async () => {
  vi.unstubAllGlobals();
  await flush();
});

describe("measuring", () => {
  it("tells a view and a choice once an event, a hold and a payment, in one visit", async () => {
    const heard = listening();
    const router = createMemoryRouter([{ path: "*" }], { initialEntries: [`/events/${EVENT}`] });
    const client = makeQueryClient();
    measure(router, client);
    await router.navigate(`/events/${EVENT}?view=list`);
    await router.navigate(`/events/${EVENT}?section=018f4a2b`);
    await router.navigate(`/events/${EVENT}?picks=018f4a2b`);
    await router.navigate("/events/none-of-ours");
    for (const mutationKey of [["hold"], ["pay", "order-1"], ["other"]])
      await client
        .getMutationCache()
        .build(client, { mutationKey, mutationFn: async () => order() })
        .execute(undefined);
    await flush();
    expect(heard.map(({ type }) => type)).toEqual(["view", "select", "hold", "pay"]);
    expect(new Set(heard.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(heard[2]).toMatchObject({ eventId: order().eventId, properties: { orderId: order().orderId } });
  });

  it("tells nothing of who asks not to be followed", async () => {
    const heard = listening();
    vi.stubGlobal("navigator", { ...navigator, doNotTrack: "1" });
    tell("view", { eventId: EVENT });
    await flush();
    expect(heard).toEqual([]);
  });

  it("loses what the server does not take, and goes on", async () => {
    server.use(http.post(api("/analytics/events"), () => refuse(503, "SYS002")));
    tell("view", { eventId: EVENT });
    await flush();
    const heard = listening();
    tell("select", { eventId: EVENT, sectionId: "stand" });
    await flush();
    expect(heard.map(({ type }) => type)).toEqual(["select"]);
  });
});
