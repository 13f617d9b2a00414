import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type {
  AdminOrganization,
  AuditChain,
  FailedJob,
  MoneyDifference,
  Person,
  PersonChange,
  Standing,
  TroubledWebhook,
  WholePayout,
} from "@/shared/api/contract";
import { isShort } from "@/shared/api/long";

// What who administers the platform sees and does.

const PAGE_ROWS = 100;
const read = <T>(path: string, signal: AbortSignal) => request<T>(path, { signal, auth: "required" });

/** Whether there is an ADMIN in front of the page is the server's to say: the first page that asks is told. */
const paged = <T>(what: "users" | "organizations", q: string) =>
  infiniteQueryOptions({
    queryKey: ["admin", what, q],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ page: String(pageParam), limit: String(PAGE_ROWS) });
      if (q !== "") query.set("q", q);
      const path = `/admin/${what}?${query}`;
      const { data, meta } = await requestWithMeta<T[]>(path, { signal, auth: "required" });
      return { items: data, page: pageParam, total: meta.total ?? data.length };
    },
    initialPageParam: 1,
    getNextPageParam: ({ page, total }) => (page * PAGE_ROWS < total ? page + 1 : undefined),
  });

export const peopleQuery = (q: string) => paged<Person>("users", q);
export const organizationsQuery = (q: string) => paged<AdminOrganization>("organizations", q);

export const changePerson = (userId: string, body: PersonChange) =>
  request<Person>(`/admin/users/${userId}`, { method: "PATCH", body });

/** For whom a switch is on while it is; without one it is on for all. */
export type FlagTarget = { people: string[]; organizations: string[]; percentage: number };
type Flags = { flags: Record<string, boolean>; targets: Record<string, FlagTarget>; targetable: string[] };

export const flagsQuery = queryOptions({
  queryKey: ["admin", "flags"],
  queryFn: ({ signal }) => read<Flags>("/admin/flags", signal),
});

export const setFlag = (name: string, isOn: boolean) =>
  request<Flags>("/admin/flags", { method: "PUT", body: { flags: { [name]: isOn } } });

export const aimFlag = (name: string, target: FlagTarget | null) =>
  request<Flags>("/admin/flags", { method: "PUT", body: { flags: {}, targets: { [name]: target } } });

export const failedJobsQuery = queryOptions({
  queryKey: ["admin", "jobs"],
  queryFn: ({ signal }) => read<FailedJob[]>("/admin/jobs", signal),
  refetchInterval: 15_000,
});

export const retryJob = (jobId: string) => request<unknown>(`/admin/jobs/${jobId}/retry`, { method: "POST" });

export const standingQuery = queryOptions({
  queryKey: ["admin", "health"],
  queryFn: ({ signal }) => read<Standing>("/admin/health", signal),
  refetchInterval: 10_000,
});

export const decideDue = (body: { kind: string; key: string; deed: "RETRY" | "DISMISS" }) =>
  request<unknown>("/admin/due", { method: "POST", body });

export const troubledWebhooksQuery = queryOptions({
  queryKey: ["admin", "webhooks"],
  queryFn: ({ signal }) => read<TroubledWebhook[]>("/admin/webhooks", signal),
  refetchInterval: 15_000,
});

export const chainQuery = queryOptions({
  queryKey: ["admin", "chain"],
  queryFn: ({ signal }) => read<AuditChain>("/admin/audit/chain", signal),
  enabled: false,
});

export const dismissDifference = (body: { intentId: string; kind: string }) =>
  request<unknown>("/admin/payment-differences/dismiss", { method: "POST", body });

const following = <T>(what: "payment-differences" | "payouts") =>
  infiniteQueryOptions({
    queryKey: ["admin", what],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
      if (pageParam !== null) query.set("cursor", pageParam);
      const { data, meta } = await requestWithMeta<T[]>(`/admin/${what}?${query}`, {
        signal,
        auth: "required",
      });
      return { items: data, next: (meta.nextCursor as string | undefined) ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => (isShort(state.data) ? 60_000 : false),
  });

export const differencesQuery = following<MoneyDifference>("payment-differences");
export const wholePayoutsQuery = following<WholePayout>("payouts");
