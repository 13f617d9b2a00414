import { verifyAsync } from "@noble/ed25519";
import type { GateManifest, ManifestTicket } from "@/shared/api/contract";
import { fromBase64Url, isInTime, parseCode, ticketKey } from "@/shared/gate/ticket-code";

// What a device says of a code without asking anybody, in the order of docs/reference/ticket-code.md.

export type Verdict =
  | { kind: "admitted" | "left"; ticket: ManifestTicket }
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
export interface Asked {
  text: string;
  gate: string;
  isOut: boolean;
  now: number;
}

const OPEN_BEFORE_MS = 6 * 3_600_000;

export async function judge(known: Known, asked: Asked): Promise<Verdict> {
  const { manifest } = known;
  const code = parseCode(asked.text);
  if (code === null) return { kind: "unknown" };
  if (code.eventId !== manifest.eventId) return { kind: "otherEvent" };
  const keys = manifest.publicKeys.map(fromBase64Url);
  const isSigned = (key: Uint8Array<ArrayBuffer>) => verifyAsync(code.signature, code.payload, key);
  if (!(await some(keys, isSigned))) return { kind: "unknown" };
  const ticket = known.tickets.get(code.ticketId);
  if (ticket === undefined) return { kind: "invalid" };
  const refused = standing(manifest, ticket, { ...asked, version: code.version, printed: code.printed });
  if (refused !== null) return refused;
  if (code.digits !== null) {
    if (known.gateKey === null) return { kind: "unsure", ticket };
    const key = await ticketKey(known.gateKey, code);
    if (!(await isInTime(code.digits, key, asked.now))) return { kind: "expired", ticket };
  }
  return passing(manifest, ticket, asked);
}

/** The same for a ticket that somebody at the gate found by name. */
export function judgeNamed(known: Known, ticket: ManifestTicket, asked: Omit<Asked, "text">): Verdict {
  const read = { ...asked, version: ticket.version ?? 0, printed: false };
  return standing(known.manifest, ticket, read) ?? passing(known.manifest, ticket, asked);
}

/** Whether it may let somebody in at all: not taken back, passed on or withdrawn. */
export const isStanding = ({ status }: ManifestTicket): boolean =>
  status === "VALID" || status === "CHECKED_IN";

function standing(
  manifest: GateManifest,
  ticket: ManifestTicket,
  read: Omit<Asked, "text"> & { version: number; printed: boolean },
): Verdict | null {
  if (!isOpen(manifest, read.now)) return { kind: "closed" };
  if (read.printed && !manifest.printedCodes) return { kind: "noPaper", ticket };
  if ((ticket.version ?? 0) !== read.version) return { kind: "expired", ticket };
  if (!isStanding(ticket)) return { kind: "invalid", ticket };
  const gates = gatesOf(manifest, ticket);
  if (gates !== null && !gates.includes(read.gate)) return { kind: "wrongGate", ticket, gates };
  return null;
}

function passing(manifest: GateManifest, ticket: ManifestTicket, asked: Omit<Asked, "text">): Verdict {
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
