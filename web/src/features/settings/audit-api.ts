import { infiniteQueryOptions } from "@tanstack/react-query";
import { requestBytes, requestWithMeta } from "@/shared/api/client";
import type { AuditEntry } from "@/shared/api/contract";

/** Whose log: an organization's, or all. */
export type AuditPath = "/admin/audit" | `/organizations/${string}/audit`;

export interface AuditFilter {
  action: string | null;
  actorId: string | null;
  subjectId: string | null;
  /** Days as 2026-11-29, on the clocks here. */
  from: string | null;
  to: string | null;
}

const DAY_MS = 86_400_000;
const PAGE_ROWS = 100;

function sought(filter: AuditFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ["action", "actorId", "subjectId"] as const) {
    const value = filter[name];
    if (value) query.set(name, value);
  }
  const begin = dayStart(filter.from);
  const end = dayStart(filter.to);
  if (begin !== null) query.set("from", new Date(begin).toISOString());
  if (end !== null) query.set("to", new Date(end + DAY_MS).toISOString());
  return query;
}

function dayStart(day: string | null): number | null {
  const at = day ? Date.parse(`${day}T00:00:00`) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

export const auditQuery = (path: AuditPath, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", path, filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = sought(filter);
      query.set("limit", String(PAGE_ROWS));
      if (pageParam !== null) query.set("cursor", pageParam);
      const { data, meta } = await requestWithMeta<AuditEntry[]>(`${path}?${query}`, {
        signal,
        auth: "required",
      });
      return { items: data, next: (meta.nextCursor as string | undefined) ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

export const exportAudit = (path: AuditPath, filter: AuditFilter) =>
  requestBytes(`${path}/export.csv?${sought(filter)}`);
