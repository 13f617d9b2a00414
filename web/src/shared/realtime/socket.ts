import { io, type Socket } from "socket.io-client";
import { currentToken, isLeaving, onToken, renewToken } from "../api/session";

// One connection a tab. socket.io reconnects by itself after a lost connection, but not after the server refused the
// handshake (a token that ran out while we were away): there we fetch a new token and knock again.

let socket: Socket | undefined;
const RETRY_MS = 2_000;
// A hall that lost its server comes back spread out: any moment of a pause that doubles from 1 to 30 seconds.
export const RECONNECTION = {
  reconnectionDelay: 1_000,
  reconnectionDelayMax: 30_000,
  randomizationFactor: 1,
} as const;

export function getSocket(): Socket {
  socket ??= wire(
    io({
      path: "/socket.io",
      autoConnect: false,
      auth: (give) => give(handshake()),
      ...RECONNECTION,
    }),
  );
  if (!socket.active) socket.connect();
  return socket;
}

let knownAsPerson = false;

export function handshake(): { token?: string } {
  const token = currentToken();
  knownAsPerson = token !== null;
  return token === null ? {} : { token };
}

export interface RefusedHandshake extends Error {
  data?: { code?: string };
}

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
  onToken((token) => {
    if (!connection.connected) return;
    if (token !== null && knownAsPerson) connection.emit("auth:refresh", { token });
    // Signing in joins the personal rooms and signing out leaves them; a new handshake does both.
    else connection.disconnect().connect();
  });
  return connection;
}

/** Tests only. */
export function setSocketForTests(fake: Socket | undefined): void {
  socket = fake;
}
