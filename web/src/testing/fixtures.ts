import type {
  ArenaEvent,
  CapacityUpdate,
  Chart,
  EventCard,
  OrderAnswers,
  OrderResponse,
  Refund,
  TicketDetails,
  TicketWallet,
  UserProfile,
  Venue,
  VenueCard,
} from "@/shared/api/contract";

// One small stadium: a standing terrace and a seated stand, two prices, one child price.

export const VENUE: Venue = {
  id: "venue-1",
  organizationId: "org-1",
  name: "Lantern Park",
  location: {
    lat: 53.3,
    lng: -6.2,
    address: "Harbour Road 1",
    city: "Harbour City",
    country: "IE",
    timezone: "Europe/Dublin",
  },
  capacity: 3000,
  sections: [
    { id: "terrace", name: "Terrace", kind: "GENERAL", capacity: 1000, gate: "A" },
    { id: "stand", name: "Section 110", kind: "SEATED", capacity: 2000, gate: "G" },
  ],
  amenities: [],
  media: [],
  chartId: "chart-1",
  version: 1,
};

/** How it is drawn: the stand has two rows of twenty, wheelchair and companion places at the end of F, a pillar in G. */
export const CHART: Chart = {
  id: "chart-1",
  venueId: VENUE.id,
  name: null,
  format: 1,
  bounds: [0, 0, 400, 300],
  field: {
    kind: "pitch",
    shape: [
      [100, 80],
      [300, 80],
      [300, 160],
      [100, 160],
    ],
    focus: [200, 120],
  },
  levels: [],
  gates: [{ name: "G", at: [200, 280] }],
  texts: [],
  obstacles: [],
  sections: [
    {
      id: "terrace",
      name: "Terrace",
      kind: "GENERAL",
      capacity: 1000,
      gate: "A",
      label: [200, 40],
      shape: [
        [0, 0],
        [400, 0],
        [400, 70],
        [0, 70],
      ],
    },
    {
      id: "stand",
      name: "Section 110",
      kind: "SEATED",
      capacity: 2000,
      gate: "G",
      label: [200, 205],
      first: 0,
      shape: [
        [90, 190],
        [310, 190],
        [310, 220],
        [90, 220],
      ],
      rows: [
        { label: "F", seats: 20, accessible: [1], companion: [2] },
        { label: "G", seats: 20, restricted: [20], view: "A pillar stands before it" },
      ],
    },
  ],
  seats: {
    count: 40,
    left: 0,
    top: 0,
    scale: 1,
    x: "ZAAKAAoACgAKAAoACgAKAAoACgAKAAoACgAKAAoACgAKAAoACgAKAEL/CgAKAAoACgAKAAoACgAKAAoACgAKAAoACgAKAAoACgAKAAoACgA=",
    y: "yAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  },
};

export const event = (change: Partial<ArenaEvent> = {}): ArenaEvent => ({
  id: "event-1",
  organizationId: "org-1",
  venueId: VENUE.id,
  chartId: "chart-1",
  description: "",
  currency: "EUR",
  name: "Harbour City v Northgate United",
  startTime: "2099-03-14T19:45:00Z",
  endTime: "2099-03-14T21:45:00Z",
  status: "ON_SALE",
  capacityConfig: { sections: {}, maxTicketsPerOrder: 4, holdSeconds: 480 },
  pricingTiers: [
    { priceLevel: "adult", name: "Adult", sectionIds: ["terrace"], amount: 2550, fee: 250, currency: "EUR" },
    { priceLevel: "adult", name: "Adult", sectionIds: ["stand"], amount: 6350, fee: 450, currency: "EUR" },
    { priceLevel: "child", name: "Child", sectionIds: ["stand"], amount: 3000, fee: 0, currency: "EUR" },
  ],
  taxRate: 2000,
  availability: { currentCapacity: 700, capacity: 3000, held: 20, sold: 2280, priceFrom: 2800 },
  version: 1,
  ...change,
});

export const VENUE_CARD: VenueCard = {
  id: VENUE.id,
  name: VENUE.name,
  city: VENUE.location.city,
  country: VENUE.location.country,
  timezone: VENUE.location.timezone,
  capacity: VENUE.capacity,
};

export const card = (change: Partial<EventCard> = {}): EventCard => {
  const { id, name, startTime, endTime, status, currency, availability: counts } = event();
  return {
    id,
    name,
    startTime,
    endTime,
    status,
    currency,
    availability: counts,
    venue: VENUE_CARD,
    ...change,
  };
};

export const availability = (change: Partial<CapacityUpdate> = {}): CapacityUpdate => ({
  eventId: "event-1",
  sequence: 10,
  epoch: "e1",
  currentCapacity: 700,
  sections: [
    { sectionId: "terrace", capacity: 1000, available: 500, held: 10, sold: 490 },
    { sectionId: "stand", capacity: 2000, available: 200, held: 10, sold: 1790 },
  ],
  timestamp: "2026-11-24T10:00:00Z",
  serverTime: "2026-11-24T10:00:00Z",
  ...change,
});

export const frame = (
  sequence: number,
  available: number,
  change: Partial<CapacityUpdate> = {},
): CapacityUpdate => ({
  eventId: "event-1",
  sequence,
  epoch: "e1",
  currentCapacity: 500 + available,
  sections: [{ sectionId: "stand", capacity: 2000, available, held: 0, sold: 2000 - available }],
  timestamp: "2026-11-24T10:00:01Z",
  ...change,
});

export const ticket = (change: Partial<TicketDetails> = {}): TicketDetails => ({
  ticketId: "ticket-1",
  eventId: "event-1",
  sectionId: "stand",
  row: "F",
  seat: 13,
  priceLevel: "adult",
  amount: 6350,
  fee: 450,
  status: "RESERVED",
  ...change,
});

/** As the server says it: a standing place has neither row nor seat. */
export const standingTicket = (change: Partial<TicketDetails> = {}): TicketDetails => {
  const { row: _row, seat: _seat, ...standing } = ticket(change);
  return standing;
};

/** A hold with 8 minutes left by the server's clock. */
export const order = (change: Partial<OrderResponse> = {}): OrderResponse => ({
  orderId: "order-1",
  eventId: "event-1",
  status: "PENDING",
  subtotal: 12_700,
  fees: 900,
  discount: 0,
  tax: 2267,
  taxRate: 2000,
  total: 13_600,
  currency: "EUR",
  tickets: [ticket(), ticket({ ticketId: "ticket-2", seat: 14 })],
  paymentStatus: "PENDING",
  expiresAt: "2026-11-24T10:08:00Z",
  serverTime: "2026-11-24T10:00:00Z",
  createdAt: "2026-11-24T10:00:00Z",
  ...change,
});

/** An event that asks nothing. */
export const NOTHING_ASKED = { eventId: "event-1", holderNames: false, answersUntil: null, questions: [] };
export const unasked = (): OrderAnswers => ({
  ...{ orderId: "order-1", form: NOTHING_ASKED, open: false, openUntil: "2026-11-28T18:30:00Z" },
  ...{ complete: true, answers: {}, tickets: [] },
});

export const ME: UserProfile = {
  userId: "user-1",
  email: "fan@demo.test",
  emailVerified: true,
  fullName: "Fay Archer",
  phoneNumber: null,
  mfaEnabled: false,
  roles: ["ATTENDEE"],
  memberships: [],
  createdAt: "2026-01-01T00:00:00Z",
};

/** What a telephone needs to show a ticket's code by itself. */
export const WALLET: TicketWallet = {
  ...{ ticketId: "ticket-1", signed: "AP1", key: "AAAA", stepSeconds: 15, printed: null },
  serverTime: "2026-11-24T10:00:00Z",
};

export const REFUND: Refund = {
  ...{ refundId: "refund-1", amount: 6800, currency: "EUR", status: "PENDING", ticketIds: [] },
};
