import { http } from "msw";
import { expect, it } from "vitest";
import { api, ok, server } from "@/testing/server";
import { isRefused, refuse } from "./consent";
import { flush, tell } from "./tell";

it("sends all that waits when the page is left, fifty at a time", async () => {
  const sent: number[] = [];
  server.use(
    http.post(api("/analytics/events"), async ({ request }) => {
      sent.push(((await request.json()) as { events: unknown[] }).events.length);
      return ok({ accepted: 1 }, {}, 202);
    }),
  );
  for (let n = 0; n < 120; n += 1) tell("view", { eventId: "event-1" });
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  Reflect.deleteProperty(document, "visibilityState");
  // Nothing is left for a later that a closed page does not have.
  await flush();
  await expect.poll(() => sent.toSorted()).toEqual([20, 50, 50]);
});

it("sends nothing for who takes it back, not even what waits", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(api("/analytics/events"), async ({ request }) => {
      sent.push(await request.json());
      return ok({ accepted: 1 }, {}, 202);
    }),
  );
  tell("view", { eventId: "event-1" });
  refuse(true);
  tell("select", { eventId: "event-1" });
  await flush();
  expect(sent).toEqual([]);
  refuse(false);
  expect(isRefused()).toBe(false);
  tell("select", { eventId: "event-1" });
  await flush();
  expect(sent).toMatchObject([{ events: [{ type: "select" }] }]);
});
