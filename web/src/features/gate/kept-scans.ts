import type { CheckIn, ManifestTicket } from "@/shared/api/contract";
import { dropAllKept, dropKept, readAllKept, writeKept } from "@/shared/kept";
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

  constructor(eventId: string) {
    this.#event = `gate/${eventId}`;
  }

  async keep(scan: CheckIn): Promise<void> {
    const key = `${this.#event}/queue/${scan.clientId}`;
    await writeKept(key, scan).catch(() => this.#unkept.set(scan.clientId, scan));
  }

  async waiting(): Promise<CheckIn[]> {
    const there = await readAllKept<CheckIn>(`${this.#event}/queue/`).catch(() => []);
    return [...there, ...this.#unkept.values()];
  }

  async sendable(): Promise<CheckIn[]> {
    return (await this.waiting()).filter(({ clientId }) => !this.#aside.has(clientId));
  }

  async drop(clientIds: readonly string[]): Promise<void> {
    for (const clientId of clientIds) this.#unkept.delete(clientId);
    const drop = (clientId: string) => dropKept(`${this.#event}/queue/${clientId}`).catch(() => undefined);
    await Promise.all(clientIds.map(drop));
  }

  putAside({ clientId }: CheckIn): void {
    this.#aside.add(clientId);
  }

  marks(): Promise<Mark[]> {
    return readAllKept<Mark>(`${this.#event}/mark/`).catch(() => []);
  }

  async mark(mark: Mark): Promise<void> {
    await writeKept(`${this.#event}/mark/${mark.clientId}`, mark).catch(() => undefined);
  }

  async unmark(clientId: string): Promise<void> {
    await dropKept(`${this.#event}/mark/${clientId}`).catch(() => undefined);
  }

  async forgetMarks(): Promise<void> {
    await dropAllKept(`${this.#event}/mark/`).catch(() => undefined);
  }
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
