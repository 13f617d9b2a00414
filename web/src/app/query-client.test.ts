import { focusManager, InfiniteQueryObserver } from "@tanstack/react-query";
import { afterEach, expect, it } from "vitest";
import { makeQueryClient } from "./query-client";

afterEach(() => focusManager.setFocused(undefined));

it.each([
  { pages: 3, again: 3 },
  { pages: 4, again: 0 },
])("reads $pages pages of a list again when one comes back to it: $again", async ({ pages, again }) => {
  const client = makeQueryClient();
  client.mount();
  let read = 0;
  const list = new InfiniteQueryObserver(client, {
    queryKey: ["list"],
    queryFn: ({ pageParam }) => {
      read += 1;
      return pageParam;
    },
    initialPageParam: 0,
    getNextPageParam: (_, all) => all.length,
  });
  const stop = list.subscribe(() => {});
  await client.fetchQuery({ queryKey: ["settled"], queryFn: () => 1 });
  while ((list.getCurrentResult().data?.pages.length ?? 0) < pages) await list.fetchNextPage();
  read = 0;
  focusManager.setFocused(false);
  focusManager.setFocused(true);
  await client.refetchQueries({ queryKey: ["settled"] });
  await client.invalidateQueries({ queryKey: ["nothing"] });
  while (client.isFetching() > 0) await Promise.resolve();
  expect(read).toBe(again);
  stop();
  client.unmount();
});
