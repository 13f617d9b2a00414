import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { allPages } from "@/shared/api/all-pages";
import { request, requestWithMeta } from "@/shared/api/client";
import type {
  ApiKey,
  Delivery,
  Invitation,
  MadeKey,
  MadeWebhook,
  Member,
  NewKey,
  NewWebhook,
  Organization,
  OrganizationProfile,
  Role,
  Suppression,
  Webhook,
  WebhookChange,
} from "@/shared/api/contract";

// What an organization decides about itself: its profile, its people, its machines.

const LISTED_MAX = 100;
const of = (organizationId: string) => `/organizations/${organizationId}`;
const read = <T>(path: string, signal: AbortSignal) => request<T>(path, { signal, auth: "required" });

// ---- the profile ----

export const profileQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "profile"],
    queryFn: ({ signal }) => read<OrganizationProfile>(of(organizationId), signal),
  });

export const changeOrganization = (organizationId: string, body: { name?: string; mfaRequired?: boolean }) =>
  request<Organization>(of(organizationId), { method: "PATCH", body });

export const wishesQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "wishes"],
    queryFn: ({ signal }) =>
      read<{ refundOnWarning: boolean }>(`${of(organizationId)}/payment-settings`, signal),
  });

export const setWishes = (organizationId: string, refundOnWarning: boolean) =>
  request<{ refundOnWarning: boolean }>(`${of(organizationId)}/payment-settings`, {
    method: "PUT",
    body: { refundOnWarning },
  });

// ---- addresses that get nothing ----

export const suppressionsQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "suppressions"],
    queryFn: ({ signal }) => allPages<Suppression>(`${of(organizationId)}/suppressions`, signal),
  });

export const liftSuppression = (organizationId: string, suppressionId: string) =>
  request<unknown>(`${of(organizationId)}/suppressions/${suppressionId}`, { method: "DELETE" });

// ---- people ----

export const membersQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "members"],
    queryFn: ({ signal }) => allPages<Member>(`${of(organizationId)}/members`, signal),
  });

export const invitationsQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "invitations"],
    queryFn: ({ signal }) => allPages<Invitation>(`${of(organizationId)}/invitations`, signal),
  });

export const invite = (organizationId: string, body: { email: string; role: Role }, idempotencyKey: string) =>
  request<unknown>(`${of(organizationId)}/members`, { method: "POST", body, idempotencyKey });

export const takeBack = (organizationId: string, invitationId: string) =>
  request<unknown>(`${of(organizationId)}/invitations/${invitationId}`, { method: "DELETE" });

export const changeRole = (organizationId: string, userId: string, role: Role) =>
  request<Member>(`${of(organizationId)}/members/${userId}`, { method: "PATCH", body: { role } });

export const removeMember = (organizationId: string, userId: string) =>
  request<unknown>(`${of(organizationId)}/members/${userId}`, { method: "DELETE" });

// ---- keys ----

export const keysQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "keys"],
    queryFn: ({ signal }) => allPages<ApiKey>(`${of(organizationId)}/api-keys`, signal),
  });

export const makeKey = (organizationId: string, body: NewKey, idempotencyKey: string) =>
  request<MadeKey>(`${of(organizationId)}/api-keys`, { method: "POST", body, idempotencyKey });

export const endKey = (organizationId: string, keyId: string) =>
  request<unknown>(`${of(organizationId)}/api-keys/${keyId}`, { method: "DELETE" });

// ---- webhooks ----

const webhooks = (organizationId: string) => `${of(organizationId)}/webhooks`;

export const webhooksQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ["settings", organizationId, "webhooks"],
    queryFn: ({ signal }) => read<Webhook[]>(`${webhooks(organizationId)}?limit=${LISTED_MAX}`, signal),
    refetchInterval: 15_000,
  });

export const makeWebhook = (organizationId: string, body: NewWebhook, idempotencyKey: string) =>
  request<MadeWebhook>(webhooks(organizationId), { method: "POST", body, idempotencyKey });

export const changeWebhook = (organizationId: string, webhookId: string, body: WebhookChange) =>
  request<Webhook>(`${webhooks(organizationId)}/${webhookId}`, { method: "PATCH", body });

export const endWebhook = (organizationId: string, webhookId: string) =>
  request<unknown>(`${webhooks(organizationId)}/${webhookId}`, { method: "DELETE" });

/** What was sent in 30 days, the newest first; looked at again while something may still happen. */
export const deliveriesQuery = (organizationId: string, webhookId: string) =>
  infiniteQueryOptions({
    queryKey: ["settings", organizationId, "deliveries", webhookId],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: "50", ...(pageParam !== null && { cursor: pageParam }) });
      const path = `${webhooks(organizationId)}/${webhookId}/deliveries?${query}`;
      const { data, meta } = await requestWithMeta<Delivery[]>(path, { signal, auth: "required" });
      return { items: data, next: (meta.nextCursor as string | undefined) ?? null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 5_000,
  });

export const replayDelivery = (
  organizationId: string,
  webhookId: string,
  deliveryId: string,
  idempotencyKey: string,
) =>
  request<Delivery>(`${webhooks(organizationId)}/${webhookId}/deliveries/${deliveryId}/replay`, {
    method: "POST",
    idempotencyKey,
  });
