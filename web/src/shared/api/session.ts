import { create } from "zustand";
import type { TokenAnswer } from "./contract";
import { ApiError } from "./errors";
import { send } from "./transport";

// The access token lives in this module's memory and nowhere else; the refresh token is a cookie scripts cannot read.
// "Is somebody signed in here" is what the server cannot know, so it is a Zustand store.

/** A guest is nobody yet, but holds places. */
export type SessionStatus = "booting" | "visitor" | "guest" | "person";
export const useSession = create<{ status: SessionStatus }>(() => ({ status: "booting" }));

/** Whether the server knows of them: a person, or a guest who may hold something. */
export const isKnownAs = (status: SessionStatus): boolean => status === "person" || status === "guest";

let token: string | null = null;
let boot: Promise<void> | undefined;
let renewal: Promise<string | null> | undefined;
const listeners = new Set<(token: string | null) => void>();

// Where nobody has signed in, or a refresh was refused, there is no cookie worth asking about.
const MARK = "arenapulse.session";

export const currentToken = (): string | null => token;

/** Called with each new token, or null when the session ended. The socket lives on this. */
export function onToken(listener: (token: string | null) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startSession(answer: TokenAnswer): void {
  token = answer.token;
  keepGuest(null);
  boot = Promise.resolve();
  mark("in");
  useSession.setState({ status: "person" });
  for (const listener of listeners) listener(token);
}

/** A visitor who holds something. Their token is for that alone and short-lived; a reload and a second tab need it. */
export function startGuest(answer: TokenAnswer): void {
  token = answer.token;
  boot = Promise.resolve();
  keepGuest(answer);
  useSession.setState({ status: "guest" });
  for (const listener of listeners) listener(token);
}

/** What a sign-in brings along, so that what was held comes to the account. */
export const guestToken = (): string | undefined =>
  useSession.getState().status === "guest" ? (token ?? undefined) : undefined;

export function endSession(): void {
  token = null;
  keepGuest(null);
  boot = Promise.resolve();
  mark("out");
  useSession.setState({ status: "visitor" });
  for (const listener of listeners) listener(null);
}

let leaving = false;
/** True while signing out, to its end: news that the token is dead are no reason to ask for another. */
export const isLeaving = (): boolean => leaving;

/** Tells the server, then ends the session here, whether it could be told or not. */
export async function leaveSession(tell: () => Promise<unknown>): Promise<void> {
  leaving = true;
  try {
    await tell();
  } catch {
    // Nothing to say: the person is signed out on this device either way.
  } finally {
    endSession();
    leaving = false;
  }
}

let introducing = false;
/** A guest becomes a person: their old token dies on the way there, which is no news and does not end the session. */
export async function introduceGuest<T extends object>(tell: () => Promise<T>): Promise<T> {
  introducing = true;
  try {
    return await tell();
  } catch (error) {
    // Whoever waited too long is no guest any more either.
    if (error instanceof ApiError && (error.code === "AUTH002" || error.code === "AUTH003")) endSession();
    throw error;
  } finally {
    introducing = false;
  }
}

/** Asks once, at the first need, whether the cookie still signs somebody in. */
export function bootSession(): Promise<void> {
  boot ??= (async () => {
    const guest = keptGuest();
    if (marked()) await renewToken(null);
    if (token === null && guest !== null) startGuest(guest);
    if (token !== null) return;
    // Without an answer nobody is signed out: what this device keeps is still theirs, and the next need asks again.
    const unanswered = stored() === "in";
    if (unanswered) boot = undefined;
    useSession.setState({ status: unanswered ? "person" : "visitor" });
  })();
  return boot;
}

/** A fresh token in place of `stale`, or null. However many ask, one request goes out. */
export async function renewToken(stale: string | null): Promise<string | null> {
  if (token !== stale) return token;
  // A guest has no cookie: there is nothing to ask, their time is over. Or they have said who they are in another tab.
  if (useSession.getState().status === "guest" && stored() !== "in") {
    if (!introducing) endSession();
    return null;
  }
  renewal ??= exclusively(refresh).finally(() => {
    renewal = undefined;
  });
  return renewal;
}

async function refresh(): Promise<string | null> {
  const before = token;
  try {
    const envelope = await send<TokenAnswer>("/auth/refresh", { method: "POST" });
    if (envelope.data === undefined) return null;
    startSession(envelope.data);
    return envelope.data.token;
  } catch (error) {
    // Only a refusal ends the session. A dropped connection or a busy server must not sign anybody out.
    // Whoever signed in meanwhile was not the one refused.
    if (error instanceof ApiError && error.status === 401 && token === before) endSession();
    return null;
  }
}

/** What another tab did: who holds places or signs in there does so here too, and who signs out there is gone here. */
export function followTabs(): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    const { status } = useSession.getState();
    const guest = key === GUEST && token === null ? keptGuest() : null;
    if (guest !== null) startGuest(guest);
    if (key === MARK && newValue === "in" && status !== "person") void renewToken(token);
    if (key === MARK && newValue === "out" && status === "person") endSession();
  });
}

// Two tabs that spent the same refresh token would revoke the whole family, so tabs take turns.
async function exclusively(work: () => Promise<string | null>): Promise<string | null> {
  if (!("locks" in navigator)) return work();
  return await navigator.locks.request("arenapulse-refresh", work);
}

const GUEST = "arenapulse.guest";

function keepGuest(answer: TokenAnswer | null): void {
  try {
    if (answer === null) localStorage.removeItem(GUEST);
    else localStorage.setItem(GUEST, JSON.stringify({ token: answer.token, expiresAt: answer.expiresAt }));
  } catch {
    // Without storage what is held is found again in this tab alone.
  }
}

// By this much a phone's clock may be wrong: whether a token is over is the server's to say.
const CLOCK_WRONG_MS = 24 * 3_600_000;

function keptGuest(): TokenAnswer | null {
  try {
    const kept = JSON.parse(localStorage.getItem(GUEST) ?? "null") as TokenAnswer | null;
    return kept !== null && Date.parse(kept.expiresAt) > Date.now() - CLOCK_WRONG_MS ? kept : null;
  } catch {
    return null;
  }
}

function mark(value: "in" | "out"): void {
  try {
    localStorage.setItem(MARK, value);
  } catch {
    // Blocked storage costs one extra request at the next visit.
  }
}

/** Whether somebody may be signed in here. Blocked storage does not know, so it is worth a question. */
const marked = (): boolean => stored() !== "out" && stored() !== null;

function stored(): string | null {
  try {
    return localStorage.getItem(MARK);
  } catch {
    return "unknown";
  }
}

/** Tests only: forget everything, as a fresh page would. */
export function resetSessionForTests(): void {
  token = null;
  boot = undefined;
  renewal = undefined;
  useSession.setState({ status: "booting" });
}
