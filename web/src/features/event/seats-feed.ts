import { request } from "@/shared/api/client";
import type { SeatChange, SeatHouse, SectionSeats } from "@/shared/map/seat-house";
import { getWire } from "@/shared/realtime/connection";
import { type Ack, order, Stream, type Topic, type Verdict } from "@/shared/realtime/stream";

interface Update {
  sequence: number | null;
  epoch: string | null;
  changes: SeatChange[];
}

/** The seats of one section. The house is the only copy; here is only how far it is known. */
class SeatsTopic implements Topic {
  readonly name = "seats";
  readonly subject: { eventId: string; sectionId: string };
  readonly frames = {
    "seats:update": (frame: Update) => this.onUpdate(frame),
    "seats:position": (at: { sequence: number; epoch: string }): Verdict =>
      order(this.known, at) === "seen" ? "fresh" : "ask",
  };
  private readonly house: SeatHouse;
  private known: { sequence: number | null; epoch: string | null } | undefined;

  constructor(subject: { eventId: string; sectionId: string }, house: SeatHouse) {
    this.subject = subject;
    this.house = house;
  }

  since = (): number | undefined => this.known?.sequence ?? undefined;
  isCounted = (): boolean => this.known?.epoch != null;

  take(ack: Ack): void {
    if (ack.snapshot) this.takeWhole(ack.snapshot as SectionSeats, ack.epoch);
    else if (this.known !== undefined && this.known.epoch !== ack.epoch)
      void this.poll().catch(() => undefined);
  }

  async poll(): Promise<void> {
    const { eventId, sectionId } = this.subject;
    const query = new URLSearchParams({ sectionId });
    const whole = await request<SectionSeats>(`/events/${encodeURIComponent(eventId)}/seats?${query}`);
    this.takeWhole(whole, whole.epoch ?? null);
  }

  private takeWhole(whole: SectionSeats, epoch: string | null): void {
    this.known = { sequence: whole.sequence, epoch };
    this.house.followed.add(this.subject.sectionId);
    this.house.takeSection({ ...whole, sectionId: this.subject.sectionId });
  }

  private onUpdate(frame: Update): Verdict {
    const place = order(this.known, frame);
    if (place !== "next") return place;
    this.known = { sequence: frame.sequence, epoch: frame.epoch };
    this.house.takeChanges(this.subject.sectionId, frame.changes);
    return "fresh";
  }
}

// As many as fit on a screen; the server lets a socket listen to 64 things.
const SECTIONS_MAX = 20;

/** Listens to the seats of the sections that are looked at, and of no others. */
export class SeatFeeds {
  private readonly open = new Map<string, () => void>();
  private readonly house: SeatHouse;
  private readonly eventId: string;

  constructor(eventId: string, house: SeatHouse) {
    this.eventId = eventId;
    this.house = house;
  }

  lookAt(sectionIds: readonly string[]): void {
    const wanted = new Set(sectionIds.slice(0, SECTIONS_MAX));
    for (const [sectionId, close] of this.open)
      if (!wanted.has(sectionId)) {
        this.open.delete(sectionId);
        this.house.followed.delete(sectionId);
        close();
      }
    for (const sectionId of wanted)
      if (!this.open.has(sectionId)) {
        const topic = new SeatsTopic({ eventId: this.eventId, sectionId }, this.house);
        this.open.set(
          sectionId,
          new Stream({ wire: getWire(), topic }).watch(() => undefined),
        );
      }
  }

  close = (): void => this.lookAt([]);
}
