import type { Socket } from "socket.io-client";
import { currentToken, isLeaving, onToken, renewToken } from "../api/session";
import { afterPaint } from "../ui/painting";

// One connection a tab, as long as somebody listens. The library is a bundle of its own, fetched once the page has been painted. socket.io
// reconnects by itself after a lost connection, but not after the server refused the handshake (a token that ran out
// while we were away), and not before its pause is over: both are done here.

type Listener = (message: never) => void;

/** What streams and screens know of the connection. */
export interface Wire {
  readonly connected: boolean;
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
  emit(name: string, body: unknown, ack?: (answer: never) => void): unknown;
  /** Gives up the connection there is, which may be dead, and makes another. */
  renew(): void;
}

const RETRY_MS = 2_000;
/** From one page to the next, which may listen too, it is the same connection. */
export const LINGER_MS = 5_000;
// A hall that lost its server comes back spread out: any moment of a pause that doubles from 1 to 30 seconds.
export const RECONNECTION = {
  reconnectionDelay: 1_000,
  reconnectionDelayMax: 30_000,
  randomizationFactor: 1,
} as const;

export class Connection implements Wire {
  private socket: Socket | undefined;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly open: () => Promise<Socket>;
  private begun = false;
  private isResting = false;
  private closing: ReturnType<typeof setTimeout> | undefined;

  constructor(open: () => Promise<Socket>) {
    this.open = open;
  }

  get connected(): boolean {
    return this.socket?.connected ?? false;
  }

  on(name: string, listener: Listener): void {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
    this.socket?.on(name, listener as never);
    clearTimeout(this.closing);
    if (!this.isResting) void this.begin();
    else {
      this.isResting = false;
      this.socket?.connect();
    }
  }

  off(name: string, listener: Listener): void {
    this.listeners.get(name)?.delete(listener);
    this.socket?.off(name, listener as never);
    clearTimeout(this.closing);
    // A page of the waiting holds none, also not the one of the page before.
    if (!this.isHeard()) this.closing = setTimeout(this.rest, LINGER_MS);
  }

  emit(name: string, body: unknown, ack?: (answer: never) => void): void {
    if (ack === undefined) this.socket?.emit(name, body);
    else this.socket?.emit(name, body, ack);
  }

  renew(): void {
    this.socket?.disconnect().connect();
  }

  private async begin(): Promise<void> {
    if (this.begun) return;
    this.begun = true;
    try {
      this.socket = wire(await this.open());
    } catch (error) {
      // The library could not be fetched: for whoever listens that is a failed connection like any other.
      this.tell("connect_error", error);
      setTimeout(() => {
        this.begun = false;
        void this.begin();
      }, RETRY_MS);
      return;
    }
    for (const [name, listeners] of this.listeners)
      for (const listener of listeners) this.socket.on(name, listener as never);
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.socket.on("connect", this.rest);
    if (this.isHeard()) this.socket.connect();
    else this.isResting = true;
  }

  private isHeard(): boolean {
    return [...this.listeners.values()].some(({ size }) => size > 0);
  }

  /** Nobody listens: the server need not hold a connection. */
  private rest = (): void => {
    if (this.isHeard() || this.socket === undefined) return;
    this.isResting = true;
    this.socket.disconnect();
  };

  /** The network is back or somebody looks: now, not at the end of the pause between two tries. */
  private wake = (): void => {
    if (document.visibilityState === "hidden" || !navigator.onLine || !this.isHeard()) return;
    if (!this.connected) this.renew();
    this.tell("wake", undefined);
  };

  private tell(name: string, message: unknown): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(message as never);
  }
}

async function openSocket(): Promise<Socket> {
  await afterPaint();
  const { io } = await import("socket.io-client");
  return io({
    path: "/socket.io",
    autoConnect: false,
    auth: (give) => give(handshake()),
    // Polling is for networks that let no WebSocket through.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    ...RECONNECTION,
  });
}

let wireOfTab: Wire | undefined;
export const getWire = (): Wire => {
  wireOfTab ??= new Connection(openSocket);
  return wireOfTab;
};

/** What the last handshake said of who is there. */
let shaken: string | null = null;

export function handshake(): { token?: string } {
  shaken = currentToken();
  return shaken === null ? {} : { token: shaken };
}

export interface RefusedHandshake extends Error {
  data?: { code?: string };
}

/** Ties a socket to the session: it shakes hands with the token there is and follows it. */
export function wire(connection: Socket): Socket {
  connection.on("connect_error", async (error: RefusedHandshake) => {
    if (connection.active) return;
    const stale = currentToken();
    const refused = error.data?.code === "AUTH002" || error.data?.code === "AUTH003";
    if (refused) await renewToken(stale);
    setTimeout(() => connection.connect(), currentToken() === stale ? RETRY_MS : 0);
  });
  connection.on("auth:expired", () => {
    if (!isLeaving()) void renewToken(currentToken());
  });
  const follow = (token: string | null): void => {
    if (token !== null && shaken !== null) connection.emit("auth:refresh", { token });
    // Signing in joins the personal rooms and signing out leaves them; a new handshake does both.
    else connection.disconnect().connect();
  };
  onToken((token) => {
    if (connection.connected) follow(token);
  });
  // Who came or went while the hands were being shaken was told to nobody.
  connection.on("connect", () => {
    if (currentToken() !== shaken) follow(currentToken());
  });
  return connection;
}

/** Tests only. */
export function setWireForTests(fake: Wire | undefined): void {
  wireOfTab = fake;
}
