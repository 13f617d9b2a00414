import { request } from "@/shared/api/client";
import type {
  Admission,
  CheckIn,
  GateDevice,
  GateManifest,
  ManifestTicket,
  ScanResults,
} from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { serverTime } from "@/shared/api/server-clock";
import { fromBase64Url, gateKey } from "@/shared/gate/ticket-code";
import { dropAllKept, dropKept, readKept, writeKept } from "@/shared/kept";
import { type GateState, NOTHING_YET, type Shown } from "./gate-state";
import { judge, judgeNamed, type Known, namedLike, type Verdict } from "./judging";
import { KeptScans, remembering } from "./kept-scans";
import { isUnreadable, REFUSED } from "./refused";

// One gate on one device. A scan is kept before anybody is asked; the server has a moment to answer, then the device
// decides by what it knows. What is kept goes out as soon as there is a network, each under its own client id.

const ANSWER_MS = 250;
/** What a device cannot tell alone, or would refuse by what may be old, it waits for: somebody stands before it. */
const UNSURE_MS = 4_000;
const SYNC_MS = 5_000;
const BATCH = 500;
const LOG_MAX = 50;
type Device = Pick<GateDevice, "deviceId" | "secret"> & { gate?: string | null };
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

  /** The code of the organizer's QR stands behind the #, where no server sees it. */
  async #registerFromLink(): Promise<void> {
    const code = /^#device=([\w-]+)$/.exec(window.location.hash)?.[1];
    if (code === undefined) return;
    history.replaceState(history.state, "", window.location.pathname);
    try {
      const made = await request<GateDevice>("/gate-devices", { method: "POST", body: { code } });
      this.#device = { deviceId: made.deviceId, secret: made.secret, gate: made.gate ?? null };
      await writeKept(this.#key("device"), this.#device);
      await dropKept(this.#key("locked")).catch(() => undefined);
    } catch {
      // Used or over: the device scans on, as one that is not registered.
    }
  }

  /** A code that was read, by camera or by hand scanner. */
  async scan(text: string, where: { gate: string; isOut: boolean }): Promise<Verdict> {
    if (this.#state.isLocked) return { kind: "locked" };
    const now = serverTime(Date.now());
    const local: Verdict =
      this.#known === null ? { kind: "unsure" } : await judge(this.#known, { text, now, ...where });
    return this.#decide({ code: text }, local, { now, ...where });
  }

  /** A ticket that was found by name. */
  async admit(ticket: ManifestTicket, where: { gate: string; isOut: boolean }): Promise<Verdict> {
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
    local: Verdict,
    { gate, isOut, now }: { gate: string; isOut: boolean; now: number },
  ): Promise<Verdict> {
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
    const passes = local.kind === "admitted" || local.kind === "left";
    // Kept first: whatever happens to this page, who went in is known.
    if (passes) await this.#keep(scan);
    const asking = this.#ask(scan, local);
    const patience = this.#mayBeOld(local) ? UNSURE_MS : ANSWER_MS;
    const slow = setTimeout(() => this.#set({ isAsking: true }), ANSWER_MS);
    const answer = await Promise.race([asking, pause(patience)]);
    clearTimeout(slow);
    if (answer === null) {
      if (passes) await this.#mark(local, scan);
      else void asking.then((late) => this.#hearLate(late, scan));
      // Nobody else waits so long before the next sign of the server.
      if (patience === UNSURE_MS) this.#set({ isOnline: false });
      return this.#show(local, gate, true, scan.clientId);
    }
    await this.#let(scan.clientId);
    await this.#mark(answer, scan);
    return this.#show(answer, gate, false, scan.clientId);
  }

  /** Whether the server may know better: of what was sold, taken over or ruled since this device heard of it. */
  #mayBeOld({ kind }: Verdict): boolean {
    if (kind === "unsure") return true;
    const isFinal = kind === "already" && this.#known?.manifest.reentry !== true;
    return this.#state.isOnline && !isFinal && kind !== "admitted" && kind !== "left";
  }

  /** The ticket is used: who was turned back has to be called again, unless somebody else is being looked at. */
  async #hearLate(late: Verdict | null, scan: CheckIn): Promise<void> {
    if (late === null || (late.kind !== "admitted" && late.kind !== "left")) return;
    await this.#mark(late, scan);
    const { shown, log } = this.#state;
    const told: Shown = { id: scan.clientId, verdict: late, gate: scan.gate, at: Date.now(), isLocal: false };
    const isFree = shown === null || shown.id === told.id;
    this.#set({
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
      await this.#let(scan.clientId);
      this.#set({ isOnline: true });
      const ticket = this.#known?.tickets.get(said.ticket.ticketId) ?? said.ticket;
      return { kind: said.result === "LEFT" ? "left" : "admitted", ticket };
    } catch (error) {
      if (!(error instanceof ApiError) || error.isUnclear || error.status === 401 || error.status === 429) {
        this.#set({ isOnline: false });
        return null;
      }
      // A word that comes too late takes nothing back: who was let in is sent again, and flagged.
      const isOut = scan.direction === "OUT" && error.code === "TICKET004";
      const kind = isOut ? "notInside" : (REFUSED[error.code] ?? "invalid");
      if (kind === "locked") this.#lock();
      // The device knows more of why: which gate, which state.
      const same = local.kind !== "admitted" && local.kind !== "left" && local.kind !== "unsure";
      if (same) return local;
      const ticket = "ticket" in local ? local.ticket : undefined;
      return { kind, ticket, ...(kind === "already" ? whereWas(error.told) : {}) } as Verdict;
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
        if (waiting.length === 0) break;
        await this.#send(waiting);
      }
      await this.#hear();
      this.#set({ isOnline: true, isSignedOut: false });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#set({ isSignedOut: true });
      else if (error instanceof ApiError && error.code === "AUTH004" && this.#device !== null) this.#lock();
      else if (!(error instanceof ApiError) || error.isUnclear) this.#set({ isOnline: false });
    }
  }

  /** One that the server cannot read stands in nobody's way: it is put aside, and counted as a conflict. */
  async #send(scans: readonly CheckIn[]): Promise<void> {
    try {
      const { results } = await request<ScanResults>(`/events/${this.#eventId}/checkins/batch`, {
        method: "POST",
        body: { checkins: scans },
        auth: "required",
      });
      const flagged = results.filter(({ result }) => result === "CONFLICT" || result === "REFUSED").length;
      await this.#let(...results.map(({ clientId }) => clientId));
      this.#set({ conflicts: this.#state.conflicts + flagged });
    } catch (error) {
      const [first, ...others] = scans;
      if (first === undefined || !(error instanceof ApiError) || !isUnreadable(error)) throw error;
      if (others.length > 0) {
        const half = Math.ceil(scans.length / 2);
        await this.#send(scans.slice(0, half));
        await this.#send(scans.slice(half));
        return;
      }
      this.#scans.putAside(first);
      this.#set({ conflicts: this.#state.conflicts + 1 });
    }
  }

  async #hear(): Promise<void> {
    const before = this.#known;
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
    const tickets = remembering(
      fresh,
      (await this.#scans.marks()).filter(({ clientId }) => waiting.has(clientId)),
    );
    const raw = manifest.gateKey;
    const key = raw === undefined ? (before?.gateKey ?? null) : await gateKey(fromBase64Url(raw));
    // Neither the key as text nor the list twice lies on the device.
    const { gateKey: _raw, ...rest } = manifest;
    const known: Known = { manifest: { ...rest, tickets: [] }, tickets, gateKey: key };
    const isNew = manifest.isWhole || manifest.tickets.length > 0 || raw !== undefined;
    this.#learn(known);
    if (!isNew) return;
    const isKept = await writeKept(this.#key("known"), known).then(
      () => true,
      () => false,
    );
    // What went out before we asked is in what was just kept.
    for (const { clientId } of isKept ? marks : [])
      if (!waiting.has(clientId)) await this.#scans.unmark(clientId);
  }

  #learn(known: Known): void {
    this.#known = known;
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

  /** A second look at the same ticket is answered by what just happened here, through a restart as well. */
  async #mark(verdict: Verdict, { clientId, gate, scannedAt }: CheckIn): Promise<void> {
    if ((verdict.kind !== "admitted" && verdict.kind !== "left") || this.#known === null) return;
    const isIn = verdict.kind === "admitted";
    const ticket: ManifestTicket = {
      ...verdict.ticket,
      status: "CHECKED_IN",
      inside: isIn,
      gate,
      at: scannedAt ?? null,
    };
    (this.#known.tickets as Map<string, ManifestTicket>).set(ticket.ticketId, ticket);
    await this.#scans.mark({ clientId, ticket });
    this.#set({
      admittedHere: this.#state.admittedHere + (isIn ? 1 : 0),
      inside: Math.max(0, this.#state.inside + (isIn ? 1 : -1)),
    });
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

  async #keep(scan: CheckIn): Promise<void> {
    await this.#scans.keep(scan);
    this.#set({ kept: this.#state.kept + 1 });
  }

  async #let(...clientIds: readonly string[]): Promise<void> {
    await this.#scans.drop(clientIds);
    // Counted once: of hundreds each would read all that are left.
    this.#set({ kept: (await this.#scans.waiting()).length });
  }

  #key(name: string): string {
    return `gate/${this.#eventId}/${name}`;
  }

  #show(verdict: Verdict, gate: string, isLocal: boolean, id: string = crypto.randomUUID()): Verdict {
    const shown: Shown = { id, verdict, gate, at: Date.now(), isLocal };
    this.#set({ shown, isAsking: false, log: [shown, ...this.#state.log].slice(0, LOG_MAX) });
    return verdict;
  }

  #set(changes: Partial<GateState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const watcher of this.#watchers) watcher();
  }
}

/** Where and when somebody went in before, as the server tells it. */
function whereWas(told: unknown): { gate?: string; at?: string } {
  const { gate, at } = (told ?? {}) as Record<string, unknown>;
  return typeof gate === "string" && typeof at === "string" ? { gate, at } : {};
}

const pause = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms));
