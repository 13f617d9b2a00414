import { queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { UserProfile } from "./contract";
import { leaveSession } from "./session";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => request<UserProfile>("/users/me", { signal, auth: "required" }),
  staleTime: 300_000,
});

/** Ends the session here even if the server cannot be told: the access token is gone and lives 15 minutes at most. */
export async function signOut(): Promise<void> {
  await leaveSession(() => request("/auth/logout", { method: "POST" }));
}
