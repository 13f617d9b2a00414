import type { CheckIn, ManifestTicket } from "@/shared/api/contract";
import { dropAllKept, dropEachKept, readAllKept, writeEachKept, writeKept } from "@/shared/kept";
import { isStanding } from "./judging";

// What a scanner keeps of an event through a restart: scans that wait for the server, and what they did to tickets.

/** A ticket as a scan of this device left it. */
export interface Mark {
  clientId: string;
  ticket: ManifestTicket;
}

export class KeptScans {
  readonly #event: string;
  /** Scans for which the browser had no room: they go out while this page lives. */
  readonly #unkept = new Map<string, CheckIn>();
  /** Scans that the server cannot read: they stay here, and are tried again when this page starts anew. */
  readonly #aside = new Set<string>();
  /** What this page did to tickets, until a list of the server's is there that was asked for after the scan went out. */
  readonly #done = new Map<string, Mark>();
  readonly #out = new Set<string>();
  readonly #waiting = new Set<string>();

  constructor(eventId: string) {
    this.#event = `gate/${eventId}`;
  }

  /** The scan and what it did, or neither: a yes that is shown when this is over outlives the browser. */
  async keep(scan: CheckIn, mark: Mark): Promise<void> {
    const { clientId } = scan;
    this.#done.set(clientId, mark);
    this.#waiting.add(clientId);
    await writeEachKept([this.#row(clientId), scan], [this.#mark(clientId), mark]).catch(() =>
      this.#unkept.set(clientId, scan),
    );
  }

  /** How many wait, as far as this page has heard. */
  get count(): number {
    return this.#waiting.size;
  }

  async waiting(): Promise<CheckIn[]> {
    const before = [...this.#waiting];
    const there = await readAllKept<CheckIn>(`${this.#event}/queue/`).catch(() => []);
    const found = [...there, ...this.#unkept.values()];
    // Another tab sends them too.
    for (const clientId of before) this.#waiting.delete(clientId);
    for (const { clientId } of found) this.#waiting.add(clientId);
    return found;
  }

  async sendable(): Promise<CheckIn[]> {
    return (await this.waiting()).filter(({ clientId }) => !this.#aside.has(clientId));
  }

  /** They went out. */
  async drop(clientIds: readonly string[]): Promise<void> {
    for (const clientId of clientIds) {
      this.#unkept.delete(clientId);
      this.#waiting.delete(clientId);
      this.#out.add(clientId);
    }
    await dropEachKept(clientIds.map((clientId) => this.#row(clientId))).catch(() => undefined);
  }

  /** It was refused before anybody was let in. */
  async takeBack(clientId: string): Promise<void> {
    this.#unkept.delete(clientId);
    this.#waiting.delete(clientId);
    this.#done.delete(clientId);
    await dropEachKept([this.#row(clientId), this.#mark(clientId)]).catch(() => undefined);
  }

  putAside({ clientId }: CheckIn): void {
    this.#aside.add(clientId);
  }

  /** What was done here; what was done to whom the server let in by itself is out already. */
  marks(): Promise<Mark[]> {
    return readAllKept<Mark>(`${this.#event}/mark/`).catch(() => []);
  }

  async mark(mark: Mark): Promise<void> {
    this.#done.set(mark.clientId, mark);
    this.#out.add(mark.clientId);
    await writeKept(this.#mark(mark.clientId), mark).catch(() => undefined);
  }

  async unmark(clientIds: readonly string[]): Promise<void> {
    await dropEachKept(clientIds.map((clientId) => this.#mark(clientId))).catch(() => undefined);
  }

  /** What is out now: of this the next list knows. */
  out(): string[] {
    return [...this.#out];
  }

  /** What this page did that a list cannot know of which was asked for when these were out. */
  doneBeside(out: readonly string[]): Mark[] {
    for (const clientId of out) {
      this.#done.delete(clientId);
      this.#out.delete(clientId);
    }
    return [...this.#done.values()];
  }

  async forgetMarks(): Promise<void> {
    this.#done.clear();
    await dropAllKept(`${this.#event}/mark/`).catch(() => undefined);
  }

  readonly #row = (clientId: string) => `${this.#event}/queue/${clientId}`;
  readonly #mark = (clientId: string) => `${this.#event}/mark/${clientId}`;
}

/** The tickets with what this device did to them last, where nothing later is known of them. */
export function remembering(
  tickets: ReadonlyMap<string, ManifestTicket>,
  marks: readonly Mark[],
): Map<string, ManifestTicket> {
  const found = new Map(tickets);
  const since = (ticket: ManifestTicket | undefined) => Date.parse(ticket?.at ?? "") || 0;
  for (const { ticket } of marks) {
    const known = found.get(ticket.ticketId) ?? ticket;
    const { inside = null, gate = null, at = null } = ticket;
    if (isStanding(known) && since(ticket) >= since(known))
      found.set(ticket.ticketId, { ...known, status: ticket.status, inside, gate, at });
  }
  return found;
}
