import { QueryClient } from "@tanstack/react-query";
import { retryDelay, shouldRetry } from "@/shared/api/retry";

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, retryDelay },
      // A mutation without a connection should fail in words at once, not wait unseen and fire later.
      mutations: { networkMode: "always" },
    },
  });
