import type { GateManifest, ManifestTicket } from "@/shared/api/contract";
import { isSignedBy } from "@/shared/gate/signature";
import { isInTime, parseCode, type TicketCode, ticketKey } from "@/shared/gate/ticket-code";

// What a device says of a code without asking anybody, in the order of docs/reference/ticket-code.md.

export type Yes = { kind: "admitted" | "left"; ticket: ManifestTicket };
export type Verdict =
  | Yes
  | { kind: "already"; ticket: ManifestTicket; gate?: string | undefined; at?: string | undefined }
  | { kind: "wrongGate"; ticket: ManifestTicket; gates: string[] }
  | { kind: "unknown" | "otherEvent" | "closed" | "locked" }
  | { kind: "expired" | "invalid" | "noPaper" | "notInside" | "unsure"; ticket?: ManifestTicket | undefined };
export type VerdictKind = Verdict["kind"];
export type Tone = "ok" | "no" | "warn";

/** Colour and shape: a round yes, a stop, and a diamond for who is right but not here. */
export const toneOf = (kind: VerdictKind): Tone =>
  kind === "admitted" || kind === "left" ? "ok" : kind === "wrongGate" || kind === "unsure" ? "warn" : "no";

export interface Known {
  manifest: GateManifest;
  tickets: ReadonlyMap<string, ManifestTicket>;
  /** Of a registered device; without it nobody can tell an old code from a new one. */
  gateKey: CryptoKey | null;
}
/** At which gate, in which direction, when. */
export interface Where {
  gate: string;
  isOut: boolean;
  now: number;
}
export interface Asked extends Where {
  text: string;
}

const OPEN_BEFORE_MS = 6 * 3_600_000;

export async function judge(known: Known, asked: Asked): Promise<Verdict> {
  const { manifest } = known;
  const code = parseCode(asked.text);
  if (code === null) return { kind: "unknown" };
  if (code.eventId !== manifest.eventId) return { kind: "otherEvent" };
  // Neither waits for the other: the signature is what takes longest here.
  const [isSigned, isFresh] = await Promise.all([
    some(manifest.publicKeys, (key) => isSignedBy(key, code)),
    hasFreshDigits(known.gateKey, code, asked.now),
  ]);
  if (!isSigned) return { kind: "unknown" };
  const ticket = known.tickets.get(code.ticketId);
  if (ticket === undefined) return { kind: "invalid" };
  const refused = standing(manifest, ticket, { ...asked, version: code.version, printed: code.printed });
  if (refused !== null) return refused;
  if (isFresh === null) return { kind: "unsure", ticket };
  if (!isFresh) return { kind: "expired", ticket };
  return passing(manifest, ticket, asked);
}

/** Null where the device has no key to tell; a printed code has no digits that grow old. */
async function hasFreshDigits(
  gateKey: CryptoKey | null,
  code: TicketCode,
  now: number,
): Promise<boolean | null> {
  if (code.digits === null) return true;
  return gateKey === null ? null : isInTime(code.digits, await ticketKey(gateKey, code), now);
}

/** The same yes, or what there is to say where the ticket has become another since it was judged. */
export function judgeAgain(known: Known, judged: Verdict, where: Where): Verdict {
  if (!isYes(judged)) return judged;
  const { ticket } = judged;
  const present = known.tickets.get(ticket.ticketId);
  if (present === ticket) return judged;
  if (present === undefined) return { kind: "invalid" };
  const read = { ...where, version: ticket.version ?? 0, printed: false };
  return standing(known.manifest, present, read) ?? passing(known.manifest, present, where);
}

export const isYes = (verdict: Verdict): verdict is Yes =>
  verdict.kind === "admitted" || verdict.kind === "left";

/** The same for a ticket that somebody at the gate found by name. */
export function judgeNamed(known: Known, ticket: ManifestTicket, asked: Where): Verdict {
  const read = { ...asked, version: ticket.version ?? 0, printed: false };
  return standing(known.manifest, ticket, read) ?? passing(known.manifest, ticket, asked);
}

/** Whether it may let somebody in at all: not taken back, passed on or withdrawn. */
export const isStanding = ({ status }: ManifestTicket): boolean =>
  status === "VALID" || status === "CHECKED_IN";

function standing(
  manifest: GateManifest,
  ticket: ManifestTicket,
  read: Where & { version: number; printed: boolean },
): Verdict | null {
  if (!isOpen(manifest, read.now)) return { kind: "closed" };
  if (read.printed && !manifest.printedCodes) return { kind: "noPaper", ticket };
  if ((ticket.version ?? 0) !== read.version) return { kind: "expired", ticket };
  if (!isStanding(ticket)) return { kind: "invalid", ticket };
  const gates = gatesOf(manifest, ticket);
  if (gates !== null && !gates.includes(read.gate)) return { kind: "wrongGate", ticket, gates };
  return null;
}

function passing(manifest: GateManifest, ticket: ManifestTicket, asked: Where): Verdict {
  if (asked.isOut) return ticket.inside === true ? { kind: "left", ticket } : { kind: "notInside", ticket };
  if (ticket.status === "VALID") return { kind: "admitted", ticket };
  const left = Date.parse(ticket.at ?? "") + manifest.passbackSeconds * 1000;
  if (manifest.reentry && ticket.inside === false && asked.now >= left) return { kind: "admitted", ticket };
  return { kind: "already", ticket, gate: ticket.gate ?? undefined, at: ticket.at ?? undefined };
}

function isOpen({ status, startTime, endTime }: GateManifest, now: number): boolean {
  if (status === "LIVE") return true;
  if (!["ON_SALE", "PAUSED", "SOLD_OUT"].includes(status)) return false;
  return now >= Date.parse(startTime) - OPEN_BEFORE_MS && now <= Date.parse(endTime);
}

/** Where a ticket may go in; null where any gate will do. */
function gatesOf({ gates }: GateManifest, ticket: ManifestTicket): string[] | null {
  const all = Object.entries(gates);
  if (all.length === 0) return null;
  return all
    .filter(([, rule]) => rule.sections.includes("*") || rule.sections.includes(ticket.sectionId))
    .map(([name]) => name);
}

async function some<T>(list: readonly T[], holds: (each: T) => Promise<boolean>): Promise<boolean> {
  for (const each of list) if (await holds(each)) return true;
  return false;
}

const NAMED_MOST = 20;

/** Tickets whose name has these words, a screen of them. */
export function namedLike(known: Known, words: string): ManifestTicket[] {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted.length < 2) return [];
  const found: ManifestTicket[] = [];
  for (const ticket of known.tickets.values()) {
    if (ticket.name?.toLocaleLowerCase().includes(wanted)) found.push(ticket);
    if (found.length === NAMED_MOST) break;
  }
  return found;
}
