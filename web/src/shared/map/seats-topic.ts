import { request } from "../api/client";
import { type Ack, order, type Topic, type Verdict } from "../realtime/stream";
import type { SeatChange, SectionSeats } from "./seat-house";

interface Update {
  sequence: number | null;
  epoch: string | null;
  changes: SeatChange[];
}

/** Where the seats of a section are kept; how far they are known is the topic's matter. */
export interface SeatsKeeper {
  takeSection(whole: SectionSeats): void;
  takeChanges(sectionId: string, changes: readonly SeatChange[]): void;
}

/** The seats of one section at one event. */
export class SeatsTopic implements Topic {
  readonly name = "seats";
  readonly subject: { eventId: string; sectionId: string };
  readonly frames = {
    "seats:update": (frame: Update) => this.onUpdate(frame),
    "seats:position": (at: { sequence: number; epoch: string }): Verdict =>
      order(this.known, at) === "seen" ? "fresh" : "ask",
  };
  private readonly keeper: SeatsKeeper;
  private known: { sequence: number | null; epoch: string | null } | undefined;

  constructor(subject: { eventId: string; sectionId: string }, keeper: SeatsKeeper) {
    this.subject = subject;
    this.keeper = keeper;
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
    this.keeper.takeSection({ ...whole, sectionId: this.subject.sectionId });
  }

  private onUpdate(frame: Update): Verdict {
    const place = order(this.known, frame);
    if (place !== "next") return place;
    this.known = { sequence: frame.sequence, epoch: frame.epoch };
    this.keeper.takeChanges(this.subject.sectionId, frame.changes);
    return "fresh";
  }
}
