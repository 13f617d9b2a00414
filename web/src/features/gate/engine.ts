import { request } from "@/shared/api/client";
import type { Admission, CheckIn, GateManifest, ManifestTicket } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { serverTime } from "@/shared/api/server-clock";
import { takeKey } from "@/shared/gate/signature";
import { fromBase64Url, gateKey } from "@/shared/gate/ticket-code";
import { dropAllKept, dropKept, readKept, writeKept } from "@/shared/kept";
import { type Device, deviceOfLink } from "./device";
import { type GateState, NOTHING_YET, type Shown } from "./gate-state";
import {
  isYes,
  judge,
  judgeAgain,
  judgeNamed,
  type Known,
  namedLike,
  type Verdict,
  type Where,
  type Yes,
} from "./judging";
import { KeptScans, type Mark, remembering } from "./kept-scans";
import { ticketOf } from "./place";
import { verdictOf } from "./refused";
import { sendScans } from "./sending";

// One gate on one device. A scan is kept before anybody is asked; the server has a moment to answer, then the device
// decides by what it knows. What is kept goes out as soon as there is a network, each under its own client id.

const ANSWER_MS = 250;
/** What a device cannot tell alone, or would refuse by what may be old, it waits for: somebody stands before it. */
const UNSURE_MS = 4_000;
const SYNC_MS = 5_000;
const BATCH = 500;
const LOG_MAX = 50;
export class GateEngine {
  #state: GateState = { ...NOTHING_YET, isOnline: navigator.onLine };
  readonly #eventId: string;
  readonly #watchers = new Set<() => void>();
  #known: Known | null = null;
  #device: Device | null = null;
  #own = "";
  #chosen: string | undefined;
  readonly #scans: KeptScans;
  #timer: ReturnType<typeof setInterval> | undefined;
  #syncing: Promise<void> | undefined;
  #starting: Promise<void> | undefined;
  readonly #toldLate: (verdict: Verdict) => void;

  /** `toldLate` hears of a yes that came after this device had said no. */
  constructor(eventId: string, toldLate: (verdict: Verdict) => void = () => undefined) {
    this.#eventId = eventId;
    this.#toldLate = toldLate;
    this.#scans = new KeptScans(eventId);
  }

  readonly state = (): GateState => this.#state;

  /** Runs while somebody watches. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.sync(), SYNC_MS);
      window.addEventListener("online", this.#wake);
      window.addEventListener("offline", this.#sleep);
      void this.start();
    }
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      window.removeEventListener("online", this.#wake);
      window.removeEventListener("offline", this.#sleep);
    };
  };

  readonly #wake = () => void this.sync();
  readonly #sleep = () => this.#set({ isOnline: false });

  /** What this device kept, then what the server knows. */
  start(): Promise<void> {
    this.#starting ??= (async () => {
      this.#own = (await readKept<string>("gate-device-id").catch(() => undefined)) ?? crypto.randomUUID();
      await writeKept("gate-device-id", this.#own).catch(() => undefined);
      this.#device = (await readKept<Device>(this.#key("device")).catch(() => undefined)) ?? null;
      this.#chosen = await readKept<string>(this.#key("gate")).catch(() => undefined);
      const wasLocked = (await readKept<boolean>(this.#key("locked")).catch(() => undefined)) === true;
      await this.#registerFromLink();
      this.#stand();
      // Only a link of the organizer opens it again: a device that was found starts as often as its finder likes.
      if (wasLocked && this.#device === null) return this.#set({ isLocked: true });
      const known = await readKept<Known>(this.#key("known")).catch(() => undefined);
      if (known !== undefined)
        this.#learn({ ...known, tickets: remembering(known.tickets, await this.#scans.marks()) });
      this.#set({ isRegistered: this.#device !== null, kept: (await this.#scans.waiting()).length });
      await this.sync();
    })();
    return this.#starting;
  }

  async #registerFromLink(): Promise<void> {
    const device = await deviceOfLink();
    if (device === null) return;
    this.#device = device;
    await writeKept(this.#key("device"), device).catch(() => undefined);
    await dropKept(this.#key("locked")).catch(() => undefined);
  }

  /** A code that was read, by camera or by hand scanner. */
  async scan(text: string, where: Omit<Where, "now">): Promise<Verdict> {
    if (this.#state.isLocked) return { kind: "locked" };
    const now = serverTime(Date.now());
    const local: Verdict =
      this.#known === null ? { kind: "unsure" } : await judge(this.#known, { text, now, ...where });
    return this.#decide({ code: text }, local, { now, ...where });
  }

  /** A ticket that was found by name. */
  async admit(ticket: ManifestTicket, where: Omit<Where, "now">): Promise<Verdict> {
    if (this.#state.isLocked) return { kind: "locked" };
    const now = serverTime(Date.now());
    const local: Verdict =
      this.#known === null ? { kind: "unsure" } : judgeNamed(this.#known, ticket, { now, ...where });
    return this.#decide({ ticketId: ticket.ticketId }, local, { now, ...where });
  }

  find(words: string): ManifestTicket[] {
    return this.#known === null ? [] : namedLike(this.#known, words);
  }

  sectionName(sectionId: string): string {
    return this.#known?.manifest.sections.find(({ id }) => id === sectionId)?.name ?? "";
  }

  /** Remembered: a device that was switched off stands where it stood. */
  readonly choose = (gate: string): void => {
    this.#chosen = gate;
    this.#stand();
    void writeKept(this.#key("gate"), gate).catch(() => undefined);
  };

  #stand(): void {
    const { gates } = this.#state;
    const wanted = this.#chosen ?? this.#device?.gate ?? undefined;
    const isThere = wanted !== undefined && (gates.length === 0 || gates.includes(wanted));
    this.#set({ gate: isThere ? wanted : (gates[0] ?? "A") });
  }
  readonly next = (): void => this.#set({ shown: null });

  async #decide(
    what: { code: string } | { ticketId: string },
    judged: Verdict,
    where: Where,
  ): Promise<Verdict> {
    if (this.#state.isLocked) return { kind: "locked" };
    const { gate, isOut, now } = where;
    // Of two who hold up one code at one moment the other has been judged meanwhile.
    const local = this.#known === null ? judged : judgeAgain(this.#known, judged, where);
    // What cannot be right anywhere needs no server.
    if (local.kind === "unknown" || local.kind === "otherEvent") return this.#show(local, gate, true);
    const scan: CheckIn = {
      ...what,
      gate,
      deviceId: this.#device?.deviceId ?? this.#own,
      clientId: crypto.randomUUID(),
      scannedAt: new Date(now).toISOString(),
      direction: isOut ? "OUT" : "IN",
    };
    const mark = isYes(local) ? this.#take(local, scan) : null;
    // Kept first: whatever happens to this page, who went in is known, and is not let in again.
    if (mark !== null) await this.#scans.keep(scan, mark);
    const asking = this.#ask(scan, local);
    const patience = this.#mayBeOld(local) ? UNSURE_MS : ANSWER_MS;
    const answer = navigator.onLine ? await this.#awaited(asking, patience) : null;
    if (answer === null) {
      if (mark === null) void asking.then((late) => this.#hearLate(late, scan));
      // Nobody else waits so long before the next sign of the server.
      const isOnline = patience === UNSURE_MS ? false : this.#state.isOnline;
      return this.#show(local, gate, true, scan.clientId, { isOnline, ...this.#counted(local) });
    }
    if (mark === null && isYes(answer)) await this.#mark(answer, scan);
    else if (mark !== null && !isYes(answer)) this.#untake(mark, local);
    return this.#show(answer, gate, false, scan.clientId, this.#counted(answer));
  }

  async #awaited(asking: Promise<Verdict | null>, patience: number): Promise<Verdict | null> {
    const slow = setTimeout(() => this.#set({ isAsking: true }), ANSWER_MS);
    const answer = await Promise.race([asking, pause(patience)]);
    clearTimeout(slow);
    return answer;
  }

  /** Whether the server may know better: of what was sold, taken over or ruled since this device heard of it. */
  #mayBeOld({ kind }: Verdict): boolean {
    if (kind === "unsure") return true;
    const isFinal = kind === "already" && this.#known?.manifest.reentry !== true;
    return this.#state.isOnline && !isFinal && kind !== "admitted" && kind !== "left";
  }

  /** The ticket is used: who was turned back has to be called again, unless somebody else is being looked at. */
  async #hearLate(late: Verdict | null, scan: CheckIn): Promise<void> {
    if (late === null || !isYes(late)) return;
    await this.#mark(late, scan);
    const { shown, log } = this.#state;
    const told: Shown = { id: scan.clientId, verdict: late, gate: scan.gate, at: Date.now(), isLocal: false };
    const isFree = shown === null || shown.id === told.id;
    this.#set({
      ...this.#counted(late),
      shown: isFree ? told : shown,
      log: log.map((each) => (each.id === told.id ? told : each)),
    });
    if (isFree) this.#toldLate(late);
  }

  /** The server's word; null where it says nothing. */
  async #ask(scan: CheckIn, local: Verdict): Promise<Verdict | null> {
    if (!navigator.onLine) return null;
    try {
      const path = `/events/${this.#eventId}/checkins`;
      const said = await request<Admission>(path, { method: "POST", body: scan, auth: "required" });
      void this.#let(scan.clientId);
      this.#set({ isOnline: true });
      const ticket = this.#known?.tickets.get(said.ticket.ticketId) ?? ticketOf(said);
      return { kind: said.result === "LEFT" ? "left" : "admitted", ticket };
    } catch (error) {
      if (!(error instanceof ApiError) || error.isUnclear || error.status === 401 || error.status === 429) {
        this.#set({ isOnline: false });
        return null;
      }
      // A word that comes too late takes nothing back: who was let in is sent again, and flagged.
      if (error.code === "AUTH004") this.#lock();
      return verdictOf(error, scan, local);
    }
  }

  /** Sends what is kept, then fetches what changed. */
  sync(): Promise<void> {
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    if (this.#state.isLocked) return;
    if (!navigator.onLine) return this.#set({ isOnline: false });
    try {
      for (;;) {
        const waiting = (await this.#scans.sendable()).slice(0, BATCH);
        this.#set({ kept: this.#scans.count });
        if (waiting.length === 0) break;
        await sendScans(this.#eventId, waiting, this.#sent);
      }
      await this.#hear();
      this.#set({ isOnline: true, isSignedOut: false });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#set({ isSignedOut: true });
      else if (error instanceof ApiError && error.code === "AUTH004" && this.#device !== null) this.#lock();
      else if (!(error instanceof ApiError) || error.isUnclear) this.#set({ isOnline: false });
    }
  }

  readonly #sent = {
    sent: async (clientIds: readonly string[], flagged: number) => {
      await this.#let(...clientIds);
      this.#set({ conflicts: this.#state.conflicts + flagged });
    },
    unreadable: (scan: CheckIn) => {
      this.#scans.putAside(scan);
      this.#set({ conflicts: this.#state.conflicts + 1 });
    },
  };

  async #hear(): Promise<void> {
    const before = this.#known;
    const out = this.#scans.out();
    const marks = await this.#scans.marks();
    const since = before === null ? "" : `?since=${before.manifest.sequence}`;
    const manifest = await request<GateManifest>(`/events/${this.#eventId}/checkins/manifest${since}`, {
      auth: "required",
      headers: this.#device === null ? {} : { "X-Gate-Device": this.#device.secret },
    });
    const fresh = new Map(manifest.isWhole ? [] : before?.tickets);
    for (const ticket of manifest.tickets) fresh.set(ticket.ticketId, ticket);
    // Of what has not gone out the server cannot know.
    const waiting = new Set((await this.#scans.waiting()).map(({ clientId }) => clientId));
    const unsent = (await this.#scans.marks()).filter(({ clientId }) => waiting.has(clientId));
    const raw = manifest.gateKey;
    const key = raw === undefined ? (before?.gateKey ?? null) : await gateKey(fromBase64Url(raw));
    // Neither the key as text nor the list twice lies on the device.
    const { gateKey: _raw, ...rest } = manifest;
    // Nothing is awaited from here on until it is known: who was let in meanwhile is in it.
    const tickets = remembering(fresh, [...unsent, ...this.#scans.doneBeside(out)]);
    const known: Known = { manifest: { ...rest, tickets: [] }, tickets, gateKey: key };
    const isNew = manifest.isWhole || manifest.tickets.length > 0 || raw !== undefined;
    this.#learn(known);
    if (!isNew) return;
    const told = marks.map(({ clientId }) => clientId).filter((clientId) => !waiting.has(clientId));
    // What went out before we asked is in what is kept now.
    const unmark = () => this.#scans.unmark(told);
    await writeKept(this.#key("known"), known).then(unmark, () => undefined);
  }

  #learn(known: Known): void {
    this.#known = known;
    for (const key of known.manifest.publicKeys) void takeKey(key);
    const named = Object.keys(known.manifest.gates);
    const drawn = known.manifest.sections.flatMap(({ gate }) => (gate === undefined ? [] : [gate]));
    this.#set({
      isReady: true,
      eventStatus: known.manifest.status,
      gates: named.length > 0 ? named : [...new Set(drawn)].sort(),
      inside: known.manifest.inside,
      tickets: known.tickets.size,
    });
    this.#stand();
  }

  /** From here on a second look at the same ticket is answered by what just happened here. */
  #take({ kind, ticket: before }: Yes, { clientId, gate, scannedAt }: CheckIn): Mark {
    const done = { status: "CHECKED_IN", inside: kind === "admitted", gate, at: scannedAt ?? null } as const;
    const ticket: ManifestTicket = { ...before, ...done };
    this.#put(ticket);
    return { clientId, ticket };
  }

  #untake({ clientId, ticket }: Mark, local: Verdict): void {
    const present = this.#known?.tickets.get(ticket.ticketId);
    if (isYes(local) && present?.at === ticket.at && present?.gate === ticket.gate) this.#put(local.ticket);
    void this.#scans.takeBack(clientId);
  }

  #put(ticket: ManifestTicket): void {
    (this.#known?.tickets as Map<string, ManifestTicket> | undefined)?.set(ticket.ticketId, ticket);
  }

  /** Of whom the server let in though this device would not have. */
  async #mark(verdict: Yes, scan: CheckIn): Promise<void> {
    if (this.#known !== null) await this.#scans.mark(this.#take(verdict, scan));
  }

  /** What a verdict changes of the figures that are shown. */
  #counted({ kind }: Verdict): Partial<GateState> {
    const kept = this.#scans.count;
    if (this.#known === null || (kind !== "admitted" && kind !== "left")) return { kept };
    const { admittedHere, inside } = this.#state;
    return kind === "admitted"
      ? { kept, admittedHere: admittedHere + 1, inside: inside + 1 }
      : { kept, inside: Math.max(0, inside - 1) };
  }

  /** A lost device that was found again knows nothing any more. */
  #lock(): void {
    // Who is no staff any more is refused with the same word: no device of theirs was locked.
    if (this.#device !== null) void writeKept(this.#key("locked"), true).catch(() => undefined);
    this.#known = null;
    this.#device = null;
    void dropAllKept(this.#key("known")).catch(() => undefined);
    void this.#scans.forgetMarks();
    void dropAllKept(this.#key("device")).catch(() => undefined);
    void dropKept(this.#key("gate")).catch(() => undefined);
    this.#set({ isLocked: true, isRegistered: false, tickets: 0 });
  }

  async #let(...clientIds: readonly string[]): Promise<void> {
    const dropping = this.#scans.drop(clientIds);
    this.#set({ kept: this.#scans.count });
    await dropping;
  }

  #key(name: string): string {
    return `gate/${this.#eventId}/${name}`;
  }

  /** All that a verdict changes is drawn at once. */
  #show(
    verdict: Verdict,
    gate: string,
    isLocal: boolean,
    id: string = crypto.randomUUID(),
    changes: Partial<GateState> = {},
  ): Verdict {
    const shown: Shown = { id, verdict, gate, at: Date.now(), isLocal };
    const log = [shown, ...this.#state.log].slice(0, LOG_MAX);
    this.#set({ ...changes, shown, isAsking: false, log });
    return verdict;
  }

  #set(changes: Partial<GateState>): void {
    const keys = Object.keys(changes) as (keyof GateState)[];
    if (keys.every((key) => Object.is(changes[key], this.#state[key]))) return;
    this.#state = { ...this.#state, ...changes };
    for (const watcher of this.#watchers) watcher();
  }
}

const pause = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms));
