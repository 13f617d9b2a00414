// Made by clients/typescript/generate.py from /api/v1/asyncapi.json; not to be edited.
//
//   import { io, type Socket } from "socket.io-client";
//   const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url);
//   socket.emit("event:subscribe", { eventId }, (ack) => { if (ack.ok) show(ack.snapshot); });

export interface Attention {
  worries: Worry[];
  at: string;
}

export interface AuthRefresh {
  token: string;
}

/** `currentCapacity` is the places free in the whole event; `sections` those that changed. `sequence` and `epoch` are null while Redis is away. */
export interface CapacityUpdate {
  eventId: string;
  sequence: number | null;
  epoch: string | null;
  currentCapacity: number;
  sections: SectionUpdate[];
  timestamp: string;
}

/** The summary of an event, and its status; `eventId` since one may look at several. With it all else that a dashboard shows, as the endpoints of that name tell it. */
export interface DashboardUpdate {
  eventId: string;
  status: string;
  orders: number;
  ticketsSold: number;
  ticketsHeld: number;
  checkedIn: number;
  revenue: Revenue;
  views: number;
  visitors: number;
  conversion: number;
  updatedAt: string;
  funnel: Funnel;
  sections: SectionFigures[];
  attention: Attention;
  pace: Pace;
  gates: GateUpdate;
}

/** An ack that says nothing but yes. */
export interface Done {
  ok: true;
}

/** After some seconds of silence: the last sequences there are. Who has others, asks `since`. */
export interface EventPosition {
  eventId: string;
  sequences: Sequences;
  epoch: string;
}

export type EventStatus = "CANCELLED" | "COMPLETED" | "DRAFT" | "LIVE" | "ON_SALE" | "PAUSED" | "POSTPONED" | "SCHEDULED" | "SOLD_OUT";

export interface EventSubscribe {
  eventId: string;
  since?: Since;
}

export interface EventUnsubscribe {
  eventId: string;
}

/** Not to be coalesced: each is told at once. */
export interface EventUpdate {
  eventId: string;
  type: "CAPACITY" | "PRICE" | "STATUS";
  data: UpdateData;
  timestamp: string;
  sequence: number;
  epoch: string;
}

export interface Funnel {
  steps: FunnelStep[];
}

export interface FunnelStep {
  name: string;
  count: number;
}

/** A gate that lags behind what it did and what the others do, and where to send people. */
export interface GateAdvice {
  gate: string;
  kind: "SLOW" | "STOPPED";
  sendTo?: string | null;
}

export interface GateCount {
  gate: string;
  admitted: number;
  perMinute: number;
}

/** How many went in ever, how many are inside, how many came in the last minute. */
export interface GateUpdate {
  eventId: string;
  admitted: number;
  inside: number;
  perMinute: number;
  gates: GateCount[];
  zones?: ZoneCount[];
  advice?: GateAdvice[];
}

/** What a client says as `auth` when it connects; a visitor says nothing. */
export interface Handshake {
  token?: string;
}

export interface LastError {
  code: string;
  message: string;
  declineCode?: string | null;
}

/** An empty object. */
export interface Nothing {}

/** Money in minor units of `currency`; `tax` is inside `total`; `taxRate` in basis points. */
export interface OrderResponse {
  orderId: string;
  eventId: string;
  status: OrderStatus;
  subtotal: number;
  fees: number;
  discount: number;
  tax: number;
  taxRate: number;
  total: number;
  currency: string;
  tickets: TicketDetails[];
  paymentStatus: PaymentStatus;
  expiresAt: string;
  serverTime: string;
  createdAt: string;
  clientSecret?: string;
  lastError?: LastError;
  seasonOrderId?: string;
}

export type OrderStatus = "CANCELLED" | "CONFIRMED" | "EXPIRED" | "FAILED" | "PARTIALLY_REFUNDED" | "PENDING" | "REFUNDED";

/** Tickets sold by the minute, of the last hour; minutes without any are left out. */
export interface Pace {
  metric: "sales";
  bucket: "minute";
  points: PacePoint[];
}

export interface PacePoint {
  at: string;
  value: number;
}

export type PaymentStatus = "DISPUTED" | "FAILED" | "NOT_REQUIRED" | "PENDING" | "PROCESSING" | "REFUNDED" | "REQUIRES_ACTION" | "RETRYING" | "SUCCEEDED";

/** How it stands with one's place. */
export type Phase = "DRAWING" | "LOBBY" | "MISSED" | "OPEN" | "TURN" | "WAITING";

export interface PriceUpdate {
  pricingTiers: PricingTier[];
}

/** One price level in some sections; its JSON is `PricingTier` of the API. */
export interface PricingTier {
  priceLevel: string;
  name: string;
  sectionIds: string[];
  amount: number;
  fee: number;
  currency: string;
}

/** The answer of the queue calls, for the person whose turn came. */
export interface QueueUpdate {
  token: string;
  position: number;
  ahead: number;
  estimatedWaitSeconds: number;
  pass?: string;
  passExpiresAt?: string;
  phase: Phase;
  lane: number;
  ticket: string;
  pollAfterSeconds: number;
  placesLeft?: number;
  serverTime: string;
  eventId: string;
}

/** An ack that says no, with the codes of HTTP. */
export interface Refused {
  error: RefusedError;
  ok: false;
}

export interface RefusedError {
  code: string;
  message: string;
}

/** Minor units; `net` is `gross` − `fees` − `refunded`. */
export interface Revenue {
  gross: number;
  fees: number;
  refunded: number;
  net: number;
  currency: string;
}

/** Letter n of `seats` is seat n: F free, H held, S sold, B blocked. `x` and `y` are the middle of the row, in the coordinates of the chart. */
export interface RowStates {
  label: string;
  x: number;
  y: number;
  seats: string;
}

/** `snapshot` is the answer of GET /events/{id}/seats. */
export interface SeatsAck {
  sequence: number | null;
  epoch: string | null;
  snapshot?: SectionStates;
  ok: true;
}

/** The same for the seats of a section. */
export interface SeatsPosition {
  eventId: string;
  sectionId: string;
  sequence: number;
  epoch: string;
}

/** `since` is the last sequence of the section that the client has. */
export interface SeatsSubscribe {
  eventId: string;
  sectionId: string;
  since?: number;
}

export interface SeatsUnsubscribe {
  eventId: string;
  sectionId: string;
}

/** `[row, seat, state]` of each seat that changed: F free, H held, S sold, B blocked. */
export interface SeatsUpdate {
  eventId: string;
  sectionId: string;
  sequence: number | null;
  epoch: string | null;
  changes: [string, number, string][];
}

export interface SectionFigures {
  sectionId: string;
  name: string;
  capacity: number;
  sold: number;
  held: number;
  available: number;
  checkedIn: number;
  revenue: number;
}

/** A seated section as GET …/seats gives it; `sequence` is null while Redis is away. */
export interface SectionStates {
  sectionId: string;
  sequence: number | null;
  rows: RowStates[];
  epoch?: string | null;
}

export interface SectionUpdate {
  sectionId: string;
  capacity: number;
  available: number;
  held: number;
  sold: number;
}

export interface Sequences {
  capacity: number | null;
  update: number | null;
}

/** The last sequence a client has of each kind; a kind left out is not replayed. */
export interface Since {
  capacity?: number;
  update?: number;
}

export interface StaffSubscribe {
  eventId: string;
}

/** Without a `snapshot` the missed frames follow. */
export interface SubscribeAck {
  sequences: Sequences;
  epoch: string | null;
  snapshot?: CapacityUpdate;
  ok: true;
}

export interface TicketDetails {
  ticketId: string;
  eventId: string;
  sectionId: string;
  priceLevel: string;
  amount: number;
  fee: number;
  status: TicketStatus;
  row?: string;
  seat?: number;
}

export type TicketStatus = "CHECKED_IN" | "RESERVED" | "TRANSFERRED" | "VALID" | "VOID";

/** One of them, as `type` says. */
export interface UpdateData {
  currentCapacity?: number;
  status?: EventStatus;
  price?: PriceUpdate;
}

export interface Worry {
  kind: string;
  level: "info" | "no" | "warn";
  count: number;
  of: number | null;
  sectionId: string | null;
  name: string | null;
}

/** How many are inside; `alarm` is there from nine tenths of the capacity on. */
export interface ZoneCount {
  zone: string;
  inside: number;
  capacity?: number | null;
  alarm?: "FULL" | "NEAR" | null;
}

export interface ClientToServerEvents {
  /** Follow an event. Without `since`, or if what was missed is gone, the ack has a snapshot; otherwise the missed frames follow it. */
  "event:subscribe": (message: EventSubscribe, ack: (answer: SubscribeAck | Refused) => void) => void;
  /** Follow it no longer. */
  "event:unsubscribe": (message: EventUnsubscribe, ack: (answer: Done | Refused) => void) => void;
  /** Follow the seats of a section; the snapshot is the answer of GET …/seats. */
  "seats:subscribe": (message: SeatsSubscribe, ack: (answer: SeatsAck | Refused) => void) => void;
  /** Follow them no longer. */
  "seats:unsubscribe": (message: SeatsUnsubscribe, ack: (answer: Done | Refused) => void) => void;
  /** Follow an event's gates; STAFF. */
  "gate:subscribe": (message: StaffSubscribe, ack: (answer: Done | Refused) => void) => void;
  /** Follow them no longer. */
  "gate:unsubscribe": (message: StaffSubscribe, ack: (answer: Done | Refused) => void) => void;
  /** Follow its figures; ANALYST. */
  "dashboard:subscribe": (message: StaffSubscribe, ack: (answer: Done | Refused) => void) => void;
  /** Follow them no longer. */
  "dashboard:unsubscribe": (message: StaffSubscribe, ack: (answer: Done | Refused) => void) => void;
  /** Go on as the person of a fresh token, on the open socket. */
  "auth:refresh": (message: AuthRefresh, ack: (answer: Done | Refused) => void) => void;
}

export interface ServerToClientEvents {
  /** Places free, of the sections that changed; at most ten a second and event. */
  "event:capacity": (message: CapacityUpdate) => void;
  /** Status, prices, or what is for sale changed; at once. */
  "event:update": (message: EventUpdate) => void;
  /** After ten seconds of silence: the last sequences. Who has others asks `since`. */
  "event:position": (message: EventPosition) => void;
  /** Seats of a section that changed. */
  "seats:update": (message: SeatsUpdate) => void;
  /** As event:position, for the seats of a section. */
  "seats:position": (message: SeatsPosition) => void;
  /** To every device of the person whose order it is, without a subscription. */
  "order:update": (message: OrderResponse) => void;
  /** To every device of the person whose ticket it is: after the order's own update. */
  "ticket:update": (message: TicketDetails) => void;
  /** To every device of the person who waits. */
  "queue:update": (message: QueueUpdate) => void;
  /** People came in; to those who follow gates. */
  "gate:update": (message: GateUpdate) => void;
  /** Each second while something changes, to those who follow the figures. */
  "dashboard:update": (message: DashboardUpdate) => void;
  /** The token expired or was revoked; the socket goes on as a visitor until auth:refresh. */
  "auth:expired": (message: Nothing) => void;
}
