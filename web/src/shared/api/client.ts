import type { Envelope, PageMeta } from "./contract";
import { ApiError } from "./errors";
import { bootSession, currentToken, renewToken } from "./session";
import { send, sendForBytes } from "./transport";

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  idempotencyKey?: string;
  headers?: Record<string, string>;
  /** The version that was read: another one on the server refuses the change (`CONFLICT001`). */
  version?: number;
  /** Of an order for an event with a waiting room. */
  queuePass?: string | undefined;
  signal?: AbortSignal | undefined;
  /** `required` waits for the boot refresh, so a reload never flashes "signed out". */
  auth?: "required" | "optional";
}

interface Answer<T> {
  data: T;
  meta: Partial<PageMeta> & Record<string, unknown>;
}

/** One request, with one refresh and one repeat when the access token has run out. */
export async function requestWithMeta<T>(path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  if (options.auth === "required") await bootSession();
  return renewing((token) => attempt<T>(path, options, token), options.auth);
}

async function renewing<T>(
  ask: (token: string | null) => Promise<T>,
  auth?: RequestOptions["auth"],
): Promise<T> {
  const token = currentToken();
  try {
    return await ask(token);
  } catch (error) {
    const expired = error instanceof ApiError && (error.code === "AUTH002" || error.code === "AUTH003");
    if (!expired || token === null) throw error;
    const fresh = await renewToken(token);
    // Whoever is nobody any more, a guest of an hour ago, may see what everybody may.
    if (fresh === null && (auth === "required" || currentToken() !== null)) throw error;
    return ask(fresh);
  }
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await requestWithMeta<T>(path, options)).data;
}

/** A file of bytes, as whoever is signed in may see it. */
export const requestBytes = (path: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> =>
  renewing((token) => {
    const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
    return sendForBytes(path, { method: "GET", signal, headers });
  });

async function attempt<T>(path: string, options: RequestOptions, token: string | null): Promise<Answer<T>> {
  const envelope: Envelope<T> = await send<T>(path, {
    method: options.method ?? "GET",
    body: options.body,
    signal: options.signal,
    headers: {
      ...options.headers,
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(options.idempotencyKey === undefined ? {} : { "Idempotency-Key": options.idempotencyKey }),
      ...(options.version === undefined ? {} : { "If-Match": `"${options.version}"` }),
      ...(options.queuePass === undefined ? {} : { "X-Queue-Pass": options.queuePass }),
    },
  });
  return { data: envelope.data as T, meta: envelope.meta ?? {} };
}
