import type { SeatHouse } from "@/shared/map/seat-house";
import { type SeatsKeeper, SeatsTopic } from "@/shared/map/seats-topic";
import { getWire } from "@/shared/realtime/connection";
import { Stream } from "@/shared/realtime/stream";

// As many as fit on a screen; the server lets a socket listen to 64 things.
const SECTIONS_MAX = 20;

/** Listens to the seats of the sections that are looked at, and of no others. The house is the only copy. */
export class SeatFeeds {
  private readonly open = new Map<string, () => void>();
  private readonly house: SeatHouse;
  private readonly eventId: string;
  private readonly keeper: SeatsKeeper;

  constructor(eventId: string, house: SeatHouse) {
    this.eventId = eventId;
    this.house = house;
    this.keeper = {
      takeSection: (whole) => {
        house.followed.add(whole.sectionId);
        house.takeSection(whole);
      },
      takeChanges: (sectionId, changes) => house.takeChanges(sectionId, changes),
    };
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
        const topic = new SeatsTopic({ eventId: this.eventId, sectionId }, this.keeper);
        this.open.set(
          sectionId,
          new Stream({ wire: getWire(), topic }).watch(() => undefined),
        );
      }
  }

  close = (): void => this.lookAt([]);
}
