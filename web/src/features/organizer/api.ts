import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { request, requestWithMeta } from "@/shared/api/client";
import type {
  ActivityEntry,
  ArenaEvent,
  AskedForm,
  Attention,
  Campaign,
  EventChange,
  EventDraft,
  EventStatus,
  Funnel,
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
} from "@/shared/api/contract";

const EVENTS_MAX = 100;

export const ownEventsKey = (organizationId: string | undefined) =>
  ["organizer", "events", organizationId] as const;

/** The events of an organization, drafts too, the next first. */
export const ownEventsQuery = (organizationId: string | undefined) =>
  queryOptions({
    queryKey: ownEventsKey(organizationId),
    queryFn: ({ signal }) =>
      request<ArenaEvent[]>(`/events?organizationId=${organizationId}&limit=${EVENTS_MAX}`, {
        signal,
        auth: "required",
      }),
    enabled: organizationId !== undefined,
    refetchInterval: 15_000,
  });

export const ownEventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "event", eventId],
    queryFn: ({ signal }) => request<ArenaEvent>(`/events/${eventId}`, { signal, auth: "required" }),
    staleTime: 5_000,
  });

export const summaryKey = (eventId: string) => ["organizer", "summary", eventId] as const;

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
export const BUCKET_OF = { hour: "minute", day: "hour", all: "day" } as const;

export const seriesQuery = (eventId: string, metric: "sales" | "views", span: Span) =>
  queryOptions({
    queryKey: ["organizer", "series", eventId, metric, span],
    queryFn: ({ signal }) =>
      figures<Timeseries>(eventId, `timeseries?metric=${metric}&bucket=${BUCKET_OF[span]}`, signal),
    refetchInterval: 5_000,
  });

export const funnelQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "funnel", eventId],
    queryFn: ({ signal }) => figures<Funnel>(eventId, "funnel", signal),
    refetchInterval: 5_000,
  });

export const sectionsQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "sections", eventId],
    queryFn: ({ signal }) => figures<SectionFigures[]>(eventId, "sections", signal),
    refetchInterval: 5_000,
  });

export const attentionQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "attention", eventId],
    queryFn: ({ signal }) => figures<Attention>(eventId, "attention", signal),
    refetchInterval: 5_000,
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

export const ownVenuesQuery = (organizationId: string | undefined) =>
  queryOptions({
    queryKey: ["organizer", "venues", organizationId],
    queryFn: ({ signal }) =>
      request<VenueCard[]>(`/venues?view=card&organizationId=${organizationId}&limit=${EVENTS_MAX}`, {
        signal,
      }),
    enabled: organizationId !== undefined,
  });

export const promoCodesQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["organizer", "codes", eventId],
    queryFn: ({ signal }) =>
      request<PromoCode[]>(`/events/${eventId}/promo-codes?limit=100`, { signal, auth: "required" }),
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
  body: { ticketIds?: string[]; reason: string },
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
  queryOptions({
    queryKey: ["organizer", "campaigns", eventId],
    queryFn: ({ signal }) => request<Campaign[]>(`/events/${eventId}/messages`, { signal, auth: "required" }),
    refetchInterval: 5_000,
  });

export const writeCampaign = (eventId: string, body: NewCampaign, idempotencyKey: string) =>
  request<Campaign>(`/events/${eventId}/messages`, { method: "POST", body, idempotencyKey });

export const moveCampaign = (eventId: string, campaignId: string, move: "approve" | "stop") =>
  request<Campaign>(`/events/${eventId}/messages/${campaignId}/${move}`, { method: "POST" });

// ---- venues ----

export const createVenue = (body: NewVenue, idempotencyKey: string) =>
  request<Venue>("/venues", { method: "POST", body, idempotencyKey });

export const foundOrganization = (name: string, idempotencyKey: string) =>
  request<Organization>("/organizations", { method: "POST", body: { name }, idempotencyKey });
