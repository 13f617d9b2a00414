import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { allPages } from "@/shared/api/all-pages";
import { request, requestWithMeta } from "@/shared/api/client";
import type {
  ActivityEntry,
  ArenaEvent,
  AskedForm,
  Attention,
  Campaign,
  EventCard,
  EventChange,
  EventDraft,
  EventStatus,
  Funnel,
  GateUpdate,
  NewCampaign,
  NewForm,
  NewPromoCode,
  NewSeasonOffer,
  NewVenue,
  Organization,
  PromoCode,
  Refund,
  RefundPolicy,
  Repeat,
  SeasonOffer,
  SectionFigures,
  SoldOrder,
  Summary,
  Timeseries,
  Venue,
  VenueCard,
  VenueChange,
} from "@/shared/api/contract";
import { isShort } from "@/shared/api/long";
import { roomFeed } from "@/shared/realtime/room-feed";
import type { Live } from "@/shared/ui/live-mark";

const PAGE = 50;

export const ownEventsKey = (organizationId: string | undefined) =>
  ["organizer", "events", organizationId] as const;

export interface EventFilter {
  /** Words of the name. */
  q: string;
  /** An hour, as an instant: what is over by then is left out. */
  since: string | null;
}

/** The events of an organization, drafts too, the next first, page after page. */
export const ownEventsQuery = (organizationId: string | undefined, filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: [...ownEventsKey(organizationId), filter],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ organizationId: organizationId ?? "", limit: String(PAGE) });
      query.set("page", String(pageParam));
      if (filter.q !== "") query.set("q", filter.q);
      if (filter.since !== null) query.set("from", filter.since);
      return pageOf<ArenaEvent>(`/events?${query}`, signal);
    },
    initialPageParam: 1,
    getNextPageParam: nextPage,
    enabled: organizationId !== undefined,
    refetchInterval: ({ state }) => (isShort(state.data) ? 15_000 : false),
    placeholderData: (previous) => previous,
  });

/** All of them by their names, the latest first: to choose from, and to call them. */
export const eventNamesQuery = (organizationId: string | undefined) =>
  queryOptions({
    queryKey: [...ownEventsKey(organizationId), "names"],
    queryFn: async ({ signal }) => {
      const cards = await allPages<EventCard>(`/events?view=card&organizationId=${organizationId}`, signal);
      return cards.reverse();
    },
    enabled: organizationId !== undefined,
    staleTime: 15_000,
  });

interface Paged<T> {
  items: T[];
  total: number;
}

async function pageOf<T>(path: string, signal: AbortSignal): Promise<Paged<T>> {
  const { data, meta } = await requestWithMeta<T[]>(path, { signal, auth: "required" });
  return { items: data, total: meta.total ?? data.length };
}

const nextPage = <T>(last: Paged<T>, pages: Paged<T>[]): number | undefined =>
  last.items.length > 0 && pages.reduce((sum, { items }) => sum + items.length, 0) < last.total
    ? pages.length + 1
    : undefined;

export const ownEventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "event", eventId],
    queryFn: ({ signal }) => request<ArenaEvent>(`/events/${eventId}`, { signal, auth: "required" }),
    staleTime: 5_000,
  });

export const summaryKey = (eventId: string) => ["organizer", "summary", eventId] as const;

/** What else the page shows of an event: read anew whenever the summary changes, and now and then in any case. */
export const figuresKey = (eventId: string) => ["organizer", "figures", eventId] as const;
const seriesKey = (eventId: string) => ["organizer", "whole", eventId] as const;
const FIGURES_MS = 10_000;

const figures = <T>(eventId: string, what: string, signal: AbortSignal) =>
  request<T>(`/analytics/events/${eventId}/${what}`, { signal, auth: "required" });

/** Pushed each second while it changes; read again now and then in case nothing comes. */
export const summaryQuery = (eventId: string) =>
  queryOptions({
    queryKey: summaryKey(eventId),
    queryFn: ({ signal }) => figures<Summary>(eventId, "summary", signal),
    refetchInterval: 15_000,
  });

export type Span = "hour" | "day" | "all";
// Days are those of the venue, so they are added up here, of hours.
const BUCKET_OF = { hour: "minute", day: "hour", all: "hour" } as const;
const LENGTH_MS = { hour: 3_660_000, day: 90_000_000, all: null } as const;
const fromOf = (span: Span): string => {
  const length = LENGTH_MS[span];
  return length === null ? "" : `&from=${new Date(Date.now() - length).toISOString()}`;
};

/** Tickets or views over time. A whole sale is not counted anew with each ticket of it. */
export const seriesQuery = (eventId: string, metric: "sales" | "views", span: Span) =>
  queryOptions({
    queryKey: [...(span === "all" ? seriesKey(eventId) : figuresKey(eventId)), "series", metric, span],
    queryFn: ({ signal }) =>
      figures<Timeseries>(
        eventId,
        `timeseries?metric=${metric}&bucket=${BUCKET_OF[span]}${fromOf(span)}`,
        signal,
      ),
    refetchInterval: FIGURES_MS,
  });

export const funnelQuery = (eventId: string) =>
  queryOptions({
    queryKey: [...figuresKey(eventId), "funnel"],
    queryFn: ({ signal }) => figures<Funnel>(eventId, "funnel", signal),
    refetchInterval: FIGURES_MS,
  });

export const sectionsQuery = (eventId: string) =>
  queryOptions({
    queryKey: [...figuresKey(eventId), "sections"],
    queryFn: ({ signal }) => figures<SectionFigures[]>(eventId, "sections", signal),
    refetchInterval: FIGURES_MS,
  });

export const attentionQuery = (eventId: string) =>
  queryOptions({
    queryKey: [...figuresKey(eventId), "attention"],
    queryFn: ({ signal }) => figures<Attention>(eventId, "attention", signal),
    refetchInterval: FIGURES_MS,
  });

/** The same key as the page of gates has: they are one thing, wherever one looks at it. */
export const gatesQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["gates", eventId, "live"],
    queryFn: ({ signal }) =>
      request<GateUpdate>(`/events/${eventId}/gates/live`, { signal, auth: "required" }),
    refetchInterval: 15_000,
  });

export const gatesFeed = (eventId: string, client: QueryClient): Live =>
  roomFeed<GateUpdate>({
    room: "gate",
    eventId,
    read: () => client.invalidateQueries({ queryKey: gatesQuery(eventId).queryKey }, { throwOnError: true }),
    hear: (frame) => client.setQueryData(gatesQuery(eventId).queryKey, frame),
  });

export const setStatus = (eventId: string, status: EventStatus) =>
  request<ArenaEvent>(`/events/${eventId}/status`, { method: "POST", body: { status } });

export const createEvent = (body: EventDraft, idempotencyKey: string) =>
  request<ArenaEvent>("/events", { method: "POST", body, idempotencyKey });

/** Refused with `CONFLICT001` where somebody changed it since `version`. */
export const changeEvent = (eventId: string, version: number, body: EventChange) =>
  request<ArenaEvent>(`/events/${eventId}`, { method: "PATCH", body, version });

/** More drafts of the same, a step apart by the clock of the venue. */
export const repeatEvent = (eventId: string, body: Repeat, idempotencyKey: string) =>
  request<ArenaEvent[]>(`/events/${eventId}/repeats`, { method: "POST", body, idempotencyKey });

export const readEvent = (eventId: string) => request<ArenaEvent>(`/events/${eventId}`, { auth: "required" });

export const ownVenuesKey = (organizationId: string | undefined) =>
  ["organizer", "venues", organizationId] as const;

export const ownVenuesQuery = (organizationId: string | undefined) =>
  queryOptions({
    queryKey: ownVenuesKey(organizationId),
    queryFn: ({ signal }) =>
      allPages<VenueCard>(`/venues?view=card&organizationId=${organizationId}`, signal),
    enabled: organizationId !== undefined,
  });

/** The same page after page, to look through. */
export const venuePagesQuery = (organizationId: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...ownVenuesKey(organizationId), "pages"],
    queryFn: ({ pageParam, signal }) =>
      pageOf<VenueCard>(
        `/venues?view=card&organizationId=${organizationId}&limit=${PAGE}&page=${pageParam}`,
        signal,
      ),
    initialPageParam: 1,
    getNextPageParam: nextPage,
    enabled: organizationId !== undefined,
  });

export const promoCodesQuery = (eventId: string) =>
  infiniteQueryOptions({
    queryKey: ["organizer", "codes", eventId],
    queryFn: ({ pageParam, signal }) =>
      pageOf<PromoCode>(`/events/${eventId}/promo-codes?limit=${PAGE}&page=${pageParam}`, signal),
    initialPageParam: 1,
    getNextPageParam: nextPage,
  });

export const addPromoCode = (eventId: string, body: NewPromoCode, idempotencyKey: string) =>
  request<PromoCode>(`/events/${eventId}/promo-codes`, { method: "POST", body, idempotencyKey });

export const dropPromoCode = (eventId: string, codeId: string) =>
  request<unknown>(`/events/${eventId}/promo-codes/${codeId}`, { method: "DELETE" });

export const refundPolicyQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "refund-policy", eventId],
    queryFn: ({ signal }) =>
      request<RefundPolicy>(`/events/${eventId}/refund-policy`, { signal, auth: "required" }),
  });

export const setRefundPolicy = (eventId: string, body: RefundPolicy) =>
  request<RefundPolicy>(`/events/${eventId}/refund-policy`, { method: "PUT", body });

// ---- orders ----

export const questionsQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "questions", eventId],
    queryFn: ({ signal }) => request<AskedForm>(`/events/${eventId}/questions`, { signal, auth: "required" }),
    staleTime: 30_000,
  });

export const writeQuestions = (eventId: string, body: NewForm) =>
  request<AskedForm>(`/events/${eventId}/questions`, { method: "PUT", body, auth: "required" });

export interface OrderFilter {
  eventId: string | null;
  status: string | null;
  /** `FAILED`: those of which a refund failed and none was made since. */
  refund: string | null;
  q: string | null;
}

/** What is looked for, as the list and its file ask for it. */
export function soughtOf(filter: OrderFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
  return query;
}

export const soldOrdersQuery = (organizationId: string | undefined, filter: OrderFilter) =>
  infiniteQueryOptions({
    queryKey: ["organizer", "orders", organizationId, filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = soughtOf(filter);
      query.set("limit", "50");
      if (pageParam !== null) query.set("cursor", pageParam);
      const path = `/organizations/${organizationId}/orders?${query}`;
      const { data, meta } = await requestWithMeta<SoldOrder[]>(path, { signal, auth: "required" });
      return { orders: data, next: (meta.nextCursor as string | undefined) ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    enabled: organizationId !== undefined,
    placeholderData: (previous) => previous,
  });

export const activityQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["organizer", "activity", orderId],
    queryFn: ({ signal }) =>
      request<ActivityEntry[]>(`/orders/${orderId}/activity`, { signal, auth: "required" }),
  });

export const refundOrder = (
  orderId: string,
  body: { ticketIds?: string[]; amount?: number; reason: string },
  idempotencyKey: string,
) => request<Refund>(`/orders/${orderId}/refunds`, { method: "POST", body, idempotencyKey });

// ---- season tickets ----

export const seasonOfferQuery = (seriesId: string | null | undefined) =>
  queryOptions({
    queryKey: ["organizer", "season", seriesId],
    queryFn: ({ signal }) =>
      request<SeasonOffer>(`/series/${seriesId}/season-ticket`, { signal, auth: "required" }),
    enabled: seriesId != null,
  });

export const offerSeason = (seriesId: string, body: NewSeasonOffer) =>
  request<SeasonOffer>(`/series/${seriesId}/season-ticket`, { method: "PUT", body });

// ---- messages ----

export const campaignsQuery = (eventId: string) =>
  infiniteQueryOptions({
    queryKey: ["organizer", "campaigns", eventId],
    queryFn: ({ pageParam, signal }) =>
      pageOf<Campaign>(`/events/${eventId}/messages?limit=${PAGE}&page=${pageParam}`, signal),
    initialPageParam: 1,
    getNextPageParam: nextPage,
    refetchInterval: ({ state }) => (isShort(state.data) ? 5_000 : false),
  });

export const writeCampaign = (eventId: string, body: NewCampaign, idempotencyKey: string) =>
  request<Campaign>(`/events/${eventId}/messages`, { method: "POST", body, idempotencyKey });

export const moveCampaign = (eventId: string, campaignId: string, move: "approve" | "stop") =>
  request<Campaign>(`/events/${eventId}/messages/${campaignId}/${move}`, { method: "POST" });

// ---- venues ----

/** Refused with `CONFLICT001` where somebody changed it since `version`. */
export const changeVenue = (venueId: string, version: number, body: VenueChange) =>
  request<Venue>(`/venues/${venueId}`, { method: "PATCH", body, version });

/** Refused with `VENUE002` where it has events. */
export const dropVenue = (venueId: string, version: number) =>
  request<unknown>(`/venues/${venueId}`, { method: "DELETE", version });

export const createVenue = (body: NewVenue, idempotencyKey: string) =>
  request<Venue>("/venues", { method: "POST", body, idempotencyKey });

export const foundOrganization = (name: string, idempotencyKey: string) =>
  request<Organization>("/organizations", { method: "POST", body: { name }, idempotencyKey });
