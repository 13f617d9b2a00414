import { queryOptions } from "@tanstack/react-query";
import { venueQuery } from "@/shared/api/catalog";
import { request } from "@/shared/api/client";
import type { ChartCard, ChartDocument, Venue } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";

const CHARTS_MAX = 100;

const path = (venueId: string, below: string) => `/venues/${encodeURIComponent(venueId)}${below}`;

const readDocument = (venueId: string, chartId: string, signal?: AbortSignal) =>
  request<ChartDocument>(path(venueId, `/charts/${chartId}/document`), { signal, auth: "required" });

export const documentQuery = (venueId: string, chartId: string | undefined) =>
  queryOptions({
    queryKey: ["chart", venueId, chartId],
    queryFn: ({ signal }) => readDocument(venueId, chartId ?? "", signal),
    enabled: chartId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The rows of a spreadsheet as a document: the server lays them out, in a chart of its own. */
export async function fromRows(venueId: string, csv: string): Promise<ChartDocument> {
  const card = await request<ChartCard>(path(venueId, "/row-lists"), {
    method: "POST",
    body: { csv },
    auth: "required",
  });
  return readDocument(venueId, card.id);
}

export class Overtaken extends Error {}

/** A chart that is the venue's own now, and the version that the venue has by that. */
export interface Current {
  chartId: string;
  version: number;
}

/**
 * A new version of the chart, and the venue's own from now on. Raises `Overtaken` where somebody else made another one
 * that since it was `over` this: the new one is kept, and `takeAnyway` takes it all the same.
 */
export async function saveChart(
  venueId: string,
  document: ChartDocument,
  given: { over: Current; key: string; kept: (card: ChartCard) => void },
): Promise<Current> {
  const card = await request<ChartCard>(path(venueId, "/charts"), {
    method: "POST",
    body: document,
    idempotencyKey: given.key,
    auth: "required",
  });
  given.kept(card);
  try {
    return await makeCurrent(venueId, card.id, given.over.version);
  } catch (error) {
    if (codeOf(error) !== "CONFLICT001") throw error;
    const venue = await request<Venue>(path(venueId, ""), { auth: "required" });
    if (venue.chartId !== given.over.chartId) throw new Overtaken(card.id);
    // Something else of the venue was changed, and that is no drawing.
    return await makeCurrent(venueId, card.id, venue.version);
  }
}

/** Every chart that was ever saved of the venue, the newest first. */
export const chartsQuery = (venueId: string) =>
  queryOptions({
    queryKey: [...venueQuery(venueId).queryKey, "charts"],
    queryFn: ({ signal }) =>
      request<ChartCard[]>(path(venueId, `/charts?limit=${CHARTS_MAX}`), { signal, auth: "required" }),
  });

async function makeCurrent(venueId: string, chartId: string, version: number): Promise<Current> {
  await request<ChartCard>(path(venueId, `/charts/${chartId}/use`), {
    method: "POST",
    version,
    auth: "required",
  });
  // By one, and nobody was between: that is what was asked for.
  return { chartId, version: version + 1 };
}

/** Over what somebody else made current meanwhile. */
export async function takeAnyway(venueId: string, chartId: string): Promise<Current> {
  const venue = await request<Venue>(path(venueId, ""), { auth: "required" });
  return makeCurrent(venueId, chartId, venue.version);
}
