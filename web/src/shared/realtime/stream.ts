import type { Wire } from "./connection";

// One subscription over the one connection: asked for with the last numbers known, kept gap-free by them, polled where
// no frames come. What a frame means is its topic's matter; that none is missed is decided here, once. Of what has no
// numbers each frame is the whole (`roomFeed`).

/** `live`: frames come. `late`: the numbers are older than they should be. `off`: nothing can be asked. */
export type LiveState = "live" | "late" | "off";

export interface StreamStatus {
  state: LiveState;
  /** When what is on the screen was last confirmed, by the client's clock. */
  at: number | null;
}

/**
 * What became of a frame: it is shown (`fresh`), says nothing new (`seen`), cannot be shown for others before it are
 * missing (`gap`), or reveals that something got lost (`ask`).
 */
export type Verdict = "fresh" | "seen" | "gap" | "ask";

export interface Ack {
  ok: true;
  /** The whole state, where the server cannot replay what is missing. */
  snapshot?: unknown;
  epoch: string | null;
}
type Answer = Ack | { ok: false; error: { code: string; message: string } };

export interface Topic {
  /** `event` speaks by `event:subscribe` and `event:unsubscribe`. */
  readonly name: "event" | "seats" | "dashboard" | "gate";
  /** Names the subject, in what we ask and in every frame: `{eventId}`, `{eventId, sectionId}`. */
  readonly subject: Readonly<Record<string, string>>;
  /** Message name → takes a frame of this subject. */
  readonly frames: Readonly<Record<string, (frame: never) => Verdict>>;
  /**
   * How long the server may say nothing before it is asked whether it is there; SILENCE_MS where it is not said. Of what
   * is infinite silence means that nothing changed: its age is that of the line.
   */
  readonly silenceMs?: number;
  /** The last numbers known, for a replay; undefined asks for a snapshot. */
  since(): object | number | undefined;
  /** Takes the answer to a subscription that was asked with `since`. */
  take(ack: Ack, since: object | number | undefined): void;
  /** Asks by HTTP, and leaves the answer where frames go. */
  poll(): Promise<unknown>;
  /** Whether what is known has a number, so that frames can follow it. */
  isCounted(): boolean;
}

export const POLL_MS = 5_000;
// The server says where it stands after ten quiet seconds: who hears nothing for so long is cut off without a sign.
export const SILENCE_MS = 25_000;
export const ACK_MS = 15_000;
/** A phone that woke up does not know that its connection is dead: it finds out sooner. */
export const WAKE_ACK_MS = 4_000;
const FRESH_ENOUGH_MS = 2_000;
const TOLD_MS = 1_000;
const FAILURES_BEFORE_POLLING = 3;
const WAITING_FRAMES_MAX = 256;

export class Stream {
  private status: StreamStatus = { state: "late", at: null };
  private readonly watchers = new Set<() => void>();
  private readonly wire: Wire;
  private readonly topic: Topic;
  private readonly listeners: [string, (message: never) => void][];
  private failures = 0;
  private asking = false;
  private askAgain = false;
  private question = 0;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private waiting: [string, { sequence?: number | null }][] = [];
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor({ wire, topic }: { wire: Wire; topic: Topic }) {
    this.wire = wire;
    this.topic = topic;
    this.listeners = [
      ["connect", this.onConnect],
      ["disconnect", this.onDisconnect],
      ["connect_error", this.onFailure],
      ["wake", this.onWake],
      ...Object.keys(topic.frames).map((name): [string, (message: never) => void] => [
        name,
        (frame: never) => this.onFrame(name, frame),
      ]),
    ];
  }

  read = (): StreamStatus => this.status;

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    if (this.watchers.size === 1) this.start();
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0) this.stop();
    };
  };

  private start(): void {
    for (const [name, listener] of this.listeners) this.wire.on(name, listener);
    window.addEventListener("offline", this.onOffline);
    if (this.wire.connected) this.onConnect();
    if (!navigator.onLine) this.onOffline();
  }

  private stop(): void {
    for (const [name, listener] of this.listeners) this.wire.off(name, listener);
    window.removeEventListener("offline", this.onOffline);
    if (this.wire.connected) this.wire.emit(`${this.topic.name}:unsubscribe`, this.topic.subject);
    this.stopPolling();
    this.rest();
    this.waiting = [];
  }

  // ---- connection ----

  private onConnect = (): void => {
    this.failures = 0;
    this.rest();
    this.stopPolling();
    this.subscribe();
  };

  private onDisconnect = (): void => {
    this.rest();
    this.set({ state: navigator.onLine ? "late" : "off" });
  };

  private onFailure = (): void => {
    this.failures += 1;
    if (this.failures >= FAILURES_BEFORE_POLLING) this.startPolling();
  };

  private onOffline = (): void => this.set({ state: "off" });

  /** The network is back, or somebody looks again: what is shown may be old, and the connection dead without a sign. */
  private onWake = (): void => {
    const { state, at } = this.status;
    if (state === "live" && at !== null && Date.now() - at < FRESH_ENOUGH_MS) return;
    if (!this.wire.connected) void this.ask();
    else if (!this.asking) this.subscribe({ patience: WAKE_ACK_MS, giveUp: () => this.wire.renew() });
  };

  // ---- subscription ----

  private subscribe({ patience = ACK_MS, giveUp = () => this.startPolling() } = {}): void {
    if (this.asking) {
      this.askAgain = true;
      return;
    }
    this.asking = true;
    this.askAgain = false;
    this.question += 1;
    const question = this.question;
    const { name, subject } = this.topic;
    const since = this.topic.since();
    const answered = (taken: () => void) => {
      if (question !== this.question || !this.asking) return;
      this.rest();
      taken();
    };
    this.patience = setTimeout(() => answered(giveUp), patience);
    this.wire.emit(
      `${name}:subscribe`,
      since === undefined ? subject : { ...subject, since },
      (answer: Answer) => answered(() => (answer.ok ? this.take(answer, since) : this.startPolling())),
    );
  }

  /** Nothing is asked, nothing is awaited. */
  private rest(): void {
    this.asking = false;
    clearTimeout(this.patience);
    clearTimeout(this.silence);
  }

  private take(ack: Ack, since: object | number | undefined): void {
    this.topic.take(ack, since);
    if (ack.snapshot) this.drain();
    // Without a snapshot the missed frames follow in order, and the waiting ones are among them.
    this.waiting = [];
    // Without an epoch the server has lost its frames for now: what it says is right, but nothing will follow.
    if (ack.epoch === null) {
      this.startPolling();
      return;
    }
    this.stopPolling();
    this.fresh();
    if (this.askAgain) this.subscribe();
  }

  // Frames that came while we asked: those the snapshot already covers fall away by their number.
  private drain(): void {
    const frames = this.waiting.sort(([, a], [, b]) => (a.sequence ?? 0) - (b.sequence ?? 0));
    this.waiting = [];
    for (const [name, frame] of frames) this.onFrame(name, frame as never);
  }

  private onFrame(name: string, frame: never): void {
    const said: Record<string, unknown> = frame;
    if (Object.entries(this.topic.subject).some(([field, value]) => said[field] !== value)) return;
    const verdict = this.topic.frames[name]?.(frame) ?? "seen";
    if (verdict === "fresh") this.fresh();
    else if (verdict === "ask") this.subscribe();
    else if (verdict === "gap") {
      if (this.waiting.length < WAITING_FRAMES_MAX) this.waiting.push([name, frame]);
      if (!this.asking) this.subscribe();
    }
  }

  private onSilence = (): void => {
    if (!this.wire.connected) return;
    if (this.topic.silenceMs === Number.POSITIVE_INFINITY) {
      this.fresh();
      return;
    }
    this.set({ state: "late" });
    this.subscribe();
  };

  // ---- polling ----

  private startPolling(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => void this.ask(), POLL_MS);
    void this.ask();
  }

  private stopPolling(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async ask(): Promise<void> {
    const isMeant = () => this.watchers.size > 0 && this.status.state !== "live";
    try {
      await this.topic.poll();
      // Frames may have come back meanwhile; they are newer than this answer.
      if (!isMeant() && this.timer === undefined) return;
      this.set({ state: "late", at: Date.now() });
      // Over a socket that stands we ask for frames again as soon as the server counts them.
      if (this.wire.connected && !this.asking && this.topic.isCounted()) this.subscribe();
    } catch {
      if (isMeant() || this.timer !== undefined) this.set({ state: "off" });
    }
  }

  // ---- status ----

  private fresh(): void {
    clearTimeout(this.silence);
    const { silenceMs = SILENCE_MS } = this.topic;
    this.silence = setTimeout(this.onSilence, Number.isFinite(silenceMs) ? silenceMs : TOLD_MS);
    const { state, at } = this.status;
    // Ten times a second nobody is told that it is live.
    if (state === "live" && at !== null && Date.now() - at < TOLD_MS) return;
    this.set({ state: "live", at: Date.now() });
  }

  private set(change: Partial<StreamStatus>): void {
    this.status = { ...this.status, ...change };
    for (const watcher of this.watchers) watcher();
  }
}

/** How a numbered frame follows what is known: the next one, one already seen, or one after a gap. */
export function order(
  known: { sequence: number | null; epoch: string | null } | undefined,
  frame: { sequence: number | null; epoch: string | null },
): "next" | "seen" | "gap" {
  if (known === undefined || known.sequence === null || frame.sequence === null) return "gap";
  if (frame.epoch !== known.epoch) return "gap";
  if (frame.sequence <= known.sequence) return "seen";
  return frame.sequence === known.sequence + 1 ? "next" : "gap";
}
