// The public contract (/api/v1) under the names this app uses. What HTTP answers comes from the generated
// schema; the socket's messages and the envelope, which OpenAPI does not know as such, stand here.

import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type EventStatus = Schemas["EventStatus"];
export type OrderStatus = Schemas["OrderStatus"];
export type PaymentStatus = Schemas["PaymentStatus"];
export type TicketStatus = Schemas["TicketStatus"];

export type Seat = Schemas["Seat"];
// Not every drawing has polygons: without them the bowl is drawn by rule.
export type Section = Omit<Schemas["SectionView"], "shape"> &
  Partial<Pick<Schemas["SectionView"], "shape">> & { level?: string | null; view?: string | null };
export type Venue = Omit<Schemas["VenueView"], "sections"> & { sections: Section[] };
/** A version of a venue, as it is drawn. */
export type Chart = Schemas["ChartView"];
export type DrawnSection = Schemas["DrawnSectionView"];
/** A chart as it is written: docs/reference/chart.md. */
export type ChartDocument = Schemas["ChartDocument"];
export type ChartCard = Schemas["ChartCard"];
export type PricingTier = Schemas["TierView"];
export type ArenaEvent = Schemas["EventView"];
/** What a list shows of an event, and of a venue. */
export type EventCard = Schemas["EventCard"];
export type VenueCard = Schemas["PlaceCard"];
export type TicketDetails = Schemas["TicketDetails"];
export type TicketWallet = Schemas["WalletView"];
/** What an event asks of who comes. */
export type AskedForm = Schemas["FormView"];
export type NewForm = Schemas["FormBody"];
export type Question = Schemas["QuestionView"];
export type OrderAnswers = Schemas["OrderAnswers"];
export type TicketAnswers = Schemas["TicketAnswers"];
export type HolderAnswers = Schemas["HolderAnswers"];
export type FilledTicket = Schemas["FilledBody"];
export type GivenAnswers = Schemas["AnswersBody"];
export type WaitListPlace = Schemas["WaitView"];
export type PhonePasses = Schemas["PassesView"];
export type Transfer = Schemas["TransferView"];
export type GateManifest = Schemas["Manifest"];
export type ManifestTicket = Schemas["ManifestTicket"];
export type CheckIn = Schemas["CheckIn"];
export type Admission = Schemas["Admission"];
export type ScanResults = Schemas["ScanResults"];
export type GateDevice = Schemas["DeviceRegistered"];
export type GateRules = Schemas["RulesView"];
export type FlaggedScan = Schemas["FlaggedScan"];
export type GateDeviceLine = Schemas["DeviceView"];
export type MadeGateDevice = Schemas["DeviceMade"];
/** How it goes at the gates. */
export type GateUpdate = Schemas["GateUpdate"];
export type OrderResponse = Schemas["OrderResponse"];
export type OrderLine = Schemas["OrderLine"];
export type PlaceOrder = Schemas["CreateOrder"];
export type UserProfile = Schemas["UserProfile"];
/** One's place in an event's waiting room; with a `pass` one may order. */
export type QueueAnswer = Schemas["QueueAnswer"];
/** How the line stands: the same for all who wait. */
export type Serving = Schemas["Serving"];
export type Draw = Schemas["Draw"];
/** The same line as its organizer steers it. */
export type QueueControl = Schemas["ControlView"];
export type QueueLane = Schemas["LaneView"];
export type QueuePoint = Schemas["PointView"];
/** A simulated crowd at an event, and how it went. */
export type Rehearsal = Schemas["RehearsalView"];
export type RehearsalReport = Schemas["Report"];
export type SectionCount = Schemas["SectionUpdate"];
export type Organization = Schemas["OrganizationView"];
export type OrganizationProfile = Schemas["OrganizationProfile"];
export type Role = Schemas["Role"];
export type Member = Schemas["MemberView"];
export type Invitation = Schemas["InvitationView"];
/** What whoever has the link of an invitation is offered. */
export type Offer = Schemas["OfferView"];
export type LedgerLine = Schemas["LedgerLine"];
export type Dispute = Schemas["DisputeView"];
export type Invoice = Schemas["InvoiceView"];
export type Payout = Schemas["PayoutView"];
export type WholePayout = Schemas["PayoutStanding"];
export type MoneyDifference = Schemas["Difference"];
export type ApiKey = Schemas["KeyView"];
export type NewKey = Schemas["KeyBody"];
export type MadeKey = Schemas["KeyMade"];
export type Webhook = Schemas["WebhookView"];
/** An address that nothing is sent to any more. */
export type Suppression = Schemas["SuppressionView"];
export type NewWebhook = Schemas["WebhookBody"];
export type MadeWebhook = Schemas["WebhookMade"];
export type WebhookChange = Schemas["WebhookChange"];
export type Delivery = Schemas["DeliveryView"];
export type Person = Schemas["PersonView"];
export type PersonChange = Schemas["PersonChange"];
export type AdminOrganization = Schemas["HouseView"];
export type Standing = Schemas["StandingView"];
export type TroubledWebhook = Schemas["TroubledWebhook"];
export type AuditChain = Schemas["ChainView"];
export type AuditEntry = Schemas["AuditEntry"];
export type Membership = Schemas["MembershipView"];
export type EventDraft = Schemas["EventBody"];
export type EventChange = Schemas["EventPatch"];
export type Repeat = Schemas["RepeatBody"];
/** What the same place at each date of a series costs, and where one is bought. */
export type SeasonOffer = Schemas["SeasonView"];
export type SeasonPrice = Schemas["SeasonPriceView"];
export type NewSeasonOffer = Schemas["SeasonBody"];
export type PlaceSeason = Schemas["SeasonOrderBody"];
export type SeasonOrder = Schemas["SeasonOrder"];
export type RefundPolicy = Schemas["RefundPolicy"];
export type Picture = Schemas["PictureView"];
export type PictureUpload = Schemas["AwaitedView"];
export type SavedSearch = Schemas["SavedView"];
export type PromoCode = Schemas["PromoView"];
export type NewPromoCode = Schemas["PromoBody"];
export type ActivityEntry = Schemas["ActivityEntry"];
export type SoldOrder = OrderResponse & { buyer: { userId: string; fullName?: string; email?: string } };
export type OrderMessage = Schemas["MessageView"];
export type OrderNote = Schemas["Note"];
export type Refund = Schemas["RefundView"];
export type Campaign = Schemas["CampaignView"];
export type NewCampaign = Schemas["CampaignBody"];
export type MailLine = Schemas["TemplateLine"];
export type MailTemplate = Schemas["TemplateView"];
export type MailPreview = Schemas["PreviewView"];
export type MailVersion = Schemas["OverrideView"];
export type OwnWords = Pick<MailVersion, "subject" | "paragraphs">;
export type NewVenue = Schemas["VenueBody"];
export type VenueChange = Partial<Pick<NewVenue, "name" | "location">>;
export type FailedJob = Schemas["FailedJob"];
export type Summary = Schemas["Summary"];
export type Timeseries = Schemas["Timeseries"];
export type Funnel = Schemas["Funnel"];
export type Attention = Schemas["Attention"];
export type Worry = Schemas["Worry"];
export type Channel = Schemas["ChannelFigures"];
export type CohortMonth = Schemas["CohortMonth"];
export type PriceFigures = Schemas["PriceFigures"];
export type Replay = Schemas["Replay"];
export type SectionFigures = Schemas["SectionFigures"];

/** An event that was found. What the search answers has absent fields, which the schema cannot say. */
export interface SearchHit extends Pick<Schemas["HitView"], "type" | "score"> {
  id: string;
  name: string;
  status: EventStatus;
  startTime: string;
  salesEndAt?: string;
  scarf?: EventCard["scarf"];
  venue: { id: string; name: string; city: string; timezone?: string };
  priceFrom?: number;
  currency?: string;
  distanceKm?: number;
  picture?: EventCard["picture"];
  /** Escaped HTML, but for `mark` about what was found. */
  highlights: Partial<Record<"name" | "venue" | "city" | "description", string>>;
}
export interface FacetValue {
  value: string;
  count: number;
}
export interface SearchMeta extends PageMeta {
  facets: Record<"status" | "city" | "amenity" | "month", FacetValue[]>;
  didYouMean?: string;
}
export type Suggestion = Schemas["SuggestionView"];

export interface ErrorDetail {
  field: string;
  message: string;
  /** Which of a field's rules it is, where programs say it in their reader's language. */
  reason?: string;
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

/** The snapshot, the `event:capacity` frame and GET …/availability. `sequence` is null when the server has no Redis. */
export interface CapacityUpdate {
  eventId: string;
  sequence: number | null;
  epoch: string | null;
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
  epoch: string;
}
/** After ten seconds of silence: the last sequences there are. */
export interface EventPosition {
  eventId: string;
  sequences: { capacity: number | null; update: number | null };
  epoch: string;
}
export type SubscribeAck =
  | {
      ok: true;
      snapshot?: CapacityUpdate | null;
      sequences: { capacity: number | null; update: number | null };
      epoch: string | null;
    }
  | { ok: false; error: { code: string; message: string } };

export interface TokenAnswer {
  token: string;
  expiresAt: string;
}
export type LoginAnswer =
  | (TokenAnswer & { user: UserProfile; mfaRequired?: false })
  | { mfaRequired: true; mfaToken: string; methods: string[] };
