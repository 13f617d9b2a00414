// The public contract (/api/v1), by hand until `npm run gen:api` has an openapi.json to read. Everything imports
// its types from this file alone, so swapping them for the generated ones touches nothing else.

export type EventStatus =
  | "DRAFT"
  | "SCHEDULED"
  | "ON_SALE"
  | "PAUSED"
  | "SOLD_OUT"
  | "LIVE"
  | "COMPLETED"
  | "POSTPONED"
  | "CANCELLED";
export type OrderStatus =
  | "PENDING"
  | "CONFIRMED"
  | "CANCELLED"
  | "EXPIRED"
  | "FAILED"
  | "PARTIALLY_REFUNDED"
  | "REFUNDED";
export type PaymentStatus =
  | "NOT_REQUIRED"
  | "PENDING"
  | "PROCESSING"
  | "REQUIRES_ACTION"
  | "RETRYING"
  | "SUCCEEDED"
  | "FAILED"
  | "REFUNDED"
  | "DISPUTED";
export type TicketStatus = "RESERVED" | "VALID" | "CHECKED_IN" | "TRANSFERRED" | "VOID";

export interface ErrorDetail {
  field: string;
  message: string;
}
export interface ErrorBody {
  code: string;
  message: string;
  details?: ErrorDetail[];
}
export interface PageMeta {
  page: number;
  limit: number;
  total: number;
}
export interface Envelope<T> {
  success: boolean;
  data?: T;
  error?: ErrorBody;
  meta?: Partial<PageMeta> & Record<string, unknown>;
}

export interface Seat {
  row: string;
  seat: number;
}
export interface Section {
  id: string;
  name: string;
  kind: "GENERAL" | "SEATED";
  capacity: number;
  rows?: { label: string; seats: number; accessible?: number[]; restricted?: number[] }[];
  shape?: [number, number][];
  gate?: string | null;
}
export interface Venue {
  id: string;
  organizationId: string;
  name: string;
  location: { lat: number; lng: number; address: string; city: string; country: string; timezone: string };
  capacity: number;
  sections: Section[];
  amenities: string[];
  version: number;
}
export interface PricingTier {
  priceLevel: string;
  name: string;
  sectionIds: string[];
  amount: number;
  fee: number;
  currency: string;
}
export interface ArenaEvent {
  id: string;
  organizationId: string;
  venueId: string;
  name: string;
  description?: string | null;
  startTime: string;
  endTime: string;
  salesEndAt?: string | null;
  status: EventStatus;
  capacityConfig: {
    sections: Record<string, { capacity?: number; blocked?: number | Seat[] }>;
    maxTicketsPerOrder: number;
    maxTicketsPerPerson?: number | null;
    holdSeconds: number;
    waitingRoom?: { enabled: boolean; admitPerMinute: number } | null;
  };
  pricingTiers: PricingTier[];
  taxRate?: number | null;
  availability: {
    currentCapacity: number;
    capacity: number;
    held: number;
    sold: number;
    priceFrom?: number | null;
  };
  version: number;
}

export interface SectionCount {
  sectionId: string;
  capacity: number;
  available: number;
  held: number;
  sold: number;
}
/** The snapshot, the `event:capacity` frame and GET …/availability. `sequence` is null when the server has no Redis. */
export interface CapacityUpdate {
  eventId: string;
  sequence: number | null;
  epoch: string | number | null;
  currentCapacity: number;
  sections: SectionCount[];
  timestamp: string;
  serverTime?: string;
}
export interface EventUpdate {
  eventId: string;
  type: "CAPACITY" | "STATUS" | "PRICE";
  data: { currentCapacity?: number; status?: EventStatus; price?: { pricingTiers: PricingTier[] } };
  timestamp: string;
  sequence: number;
  epoch: string | number;
}
export type SubscribeAck =
  | {
      ok: true;
      snapshot?: CapacityUpdate | null;
      sequences: { capacity: number | null; update: number | null };
      epoch: string | number | null;
    }
  | { ok: false; error: { code: string; message: string } };

export interface TicketDetails {
  ticketId: string;
  eventId: string;
  sectionId: string;
  row?: string | null;
  seat?: number | null;
  priceLevel: string;
  amount: number;
  fee: number;
  status: TicketStatus;
}
export interface OrderResponse {
  orderId: string;
  eventId: string;
  status: OrderStatus;
  subtotal: number;
  fees: number;
  discount: number;
  tax: number;
  taxRate?: number | null;
  total: number;
  currency: string;
  tickets: TicketDetails[];
  paymentStatus: PaymentStatus;
  expiresAt: string;
  serverTime: string;
  clientSecret?: string | null;
  lastError?: { code: string; message: string; declineCode?: string | null } | null;
  createdAt: string;
}
export interface OrderLine {
  sectionId: string;
  quantity: number;
  priceLevel: string;
  seats?: Seat[];
}
export interface PlaceOrder {
  eventId: string;
  tickets: OrderLine[];
  paymentMethod: { type: "card"; token?: string };
}

export interface UserProfile {
  userId: string;
  email: string;
  emailVerified: boolean;
  fullName: string;
  phoneNumber?: string | null;
  mfaEnabled: boolean;
  roles: string[];
  memberships: { organizationId: string; name: string; role: string }[];
  createdAt: string;
}
export interface TokenAnswer {
  token: string;
  expiresAt: string;
}
export type LoginAnswer =
  | (TokenAnswer & { user: UserProfile; mfaRequired?: false })
  | { mfaRequired: true; mfaToken: string; methods: string[] };
