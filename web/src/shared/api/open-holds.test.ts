import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { http } from "msw";
import { expect, it, vi } from "vitest";
import { order } from "@/testing/fixtures";
import { api, ok, server } from "@/testing/server";
import { openHoldsQuery, rereadOpenHolds } from "./open-holds";
import { startSession } from "./session";

it("takes no answer of before, though it is the first and still on its way", async () => {
  startSession({ token: "token-1", expiresAt: "2099-01-01T00:00:00Z" });
  const list: ReturnType<typeof order>[] = [];
  let asked = 0;
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  server.use(
    http.get(api("/orders"), async () => {
      const then = ok([...list]);
      asked += 1;
      if (asked === 1) await told;
      return then;
    }),
  );
  const client = new QueryClient();
  const seen = new QueryObserver(client, openHoldsQuery);
  const leave = seen.subscribe(() => undefined);
  await vi.waitFor(() => expect(asked).toBe(1));
  list.push(order());
  const reread = rereadOpenHolds(client);
  tell();
  await reread;
  expect(seen.getCurrentResult().data?.orders).toHaveLength(1);
  leave();
});
