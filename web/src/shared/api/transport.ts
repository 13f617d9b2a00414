import type { Envelope } from "./contract";
import { ApiError } from "./errors";
import { hearServerTime } from "./server-clock";

const BASE = "/api/v1";
const TIMEOUT_MS = 15_000;
const FILE_TIMEOUT_MS = 120_000;

interface Sending {
  method: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Goes on when the page is left. */
  keepalive?: boolean;
}

/** Sends one request and opens the envelope. Every failure, of the wire or of the server, is an ApiError. */
export async function send<T>(path: string, sending: Sending): Promise<Envelope<T>> {
  const response = await reach(path, sending);
  const requestId = response.headers.get("X-Request-Id") ?? undefined;
  const envelope = await open<T>(response);
  if (response.ok && envelope?.success) return envelope;
  if (response.ok && response.status === 204) return { success: true };
  throw new ApiError({
    code: envelope?.error?.code ?? "SYS001",
    status: response.ok ? 500 : response.status,
    message: envelope?.error?.message ?? response.statusText,
    details: envelope?.error?.details,
    requestId,
    retryAfterSeconds: seconds(response.headers.get("Retry-After")),
  });
}

/** The bytes of a file that is no envelope. */
export async function sendForBytes(path: string, sending: Sending): Promise<Uint8Array<ArrayBuffer>> {
  const response = await reach(path, sending);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  const { code = "SYS001", message = response.statusText, details } = (await open(response))?.error ?? {};
  throw new ApiError({ code, status: response.status, message, details });
}

/** Sends a file as it is to where the server said, which may be another house. */
export async function sendFile(
  url: string,
  sending: { method: string; headers: Record<string, string>; file: Blob },
) {
  const { method, headers, file } = sending;
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: file,
      signal: AbortSignal.timeout(FILE_TIMEOUT_MS),
    });
    if (response.ok) return;
    throw new ApiError({ code: "SYS001", status: response.status, message: response.statusText });
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError({ code: "NETWORK", status: 0, message: "No answer from the server" });
  }
}

async function reach(
  path: string,
  { method, body, headers, signal, keepalive = false }: Sending,
): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    keepalive,
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    signal: either(timeout, signal),
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  const sentAt = Date.now();
  try {
    const response = await fetch(`${BASE}${path}`, init);
    hearServerTime(response.headers.get("Date"), { sentAt, heardAt: Date.now() });
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    const code = timeout.aborted ? "TIMEOUT" : "NETWORK";
    throw new ApiError({ code, status: 0, message: "No answer from the server" });
  }
}

/** Aborted as soon as one of the two is; the call that does this is younger than our oldest browsers. */
function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  if (other === undefined) return one;
  const both = new AbortController();
  for (const signal of [one, other]) {
    if (signal.aborted) both.abort(signal.reason);
    signal.addEventListener("abort", () => both.abort(signal.reason), { once: true, signal: both.signal });
  }
  return both.signal;
}

async function open<T>(response: Response): Promise<Envelope<T> | undefined> {
  try {
    return (await response.json()) as Envelope<T>;
  } catch {
    return undefined;
  }
}

function seconds(header: string | null): number | undefined {
  const value = Number(header);
  return header !== null && Number.isFinite(value) ? value : undefined;
}
