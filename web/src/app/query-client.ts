import { type Query, QueryClient } from "@tanstack/react-query";
import { isShort } from "@/shared/api/long";
import { retryDelay, shouldRetry } from "@/shared/api/retry";
import { onToken } from "@/shared/api/session";
import { dropAllKept } from "@/shared/kept";

/** What the wallet keeps for when there is no network; a gate's unsent scans stay. */
const KEPT = ["key/", "ticket"];
const PERSONAL = new Set<unknown>(["me", "orders", "tickets"]);

/** A list that somebody has read far into is not read anew, page after page, because its window came to the front. */
const mayAgain = ({ state }: Query): boolean => isShort(state.data);

export function makeQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        retryDelay,
        refetchOnWindowFocus: mayAgain,
        refetchOnReconnect: mayAgain,
      },
      // A mutation without a connection should fail in words at once, not wait unseen and fire later.
      mutations: { networkMode: "always" },
    },
  });
  // Whoever comes next on this device sees nothing of what the last person read or unlocked.
  onToken((token) => {
    if (token !== null) return;
    for (const prefix of KEPT) dropAllKept(prefix).catch(() => undefined);
    client.removeQueries({
      predicate: ({ queryKey }) => PERSONAL.has(queryKey[0]) || queryKey.includes("unlocked"),
    });
  });
  return client;
}
