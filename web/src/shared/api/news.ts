import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { components } from "./schema.gen";

export type News = components["schemas"]["NewsView"];

/** Whose news the person wants or not: those they answered or ordered from. */
export const newsQuery = queryOptions({
  queryKey: ["account", "news"],
  queryFn: ({ signal }) => request<News[]>("/users/me/news", { signal, auth: "required" }),
});

export const newsMutation = mutationOptions({
  // Whoever ticks and thinks better of it means the second: one after the other.
  scope: { id: "news" },
  mutationFn: ({ organizationId, agreed }: { organizationId: string; agreed: boolean }) =>
    request(`/users/me/news/${organizationId}`, { method: "PUT", body: { agreed }, auth: "required" }),
});
