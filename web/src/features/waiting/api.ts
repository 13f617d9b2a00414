import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { Draw, QueueAnswer, Serving } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { dropPlace, keepPlace, keptPlace } from "@/shared/api/queue-pass";
import { sendForBytes } from "@/shared/api/transport";
import { humanWord } from "./human";

const path = (eventId: string, below = "") => `/events/${encodeURIComponent(eventId)}/queue${below}`;

export const placeKey = (eventId: string) => ["queue", eventId, "place"] as const;

const PROOFS_MAX = 4;

interface Challenge {
  challenge: string;
  bits: number;
  /** Of a widget whose word does instead of the work. */
  siteKey?: string;
}

/** Joins, working for the place as often as is asked; joined already it is the same place. */
export async function join(eventId: string, laneCode?: string): Promise<QueueAnswer> {
  const lane = laneCode === undefined ? {} : { laneCode };
  let proof = {};
  for (let round = 0; ; round += 1) {
    try {
      const body = { ...lane, ...proof };
      const place = await request<QueueAnswer>(path(eventId), { method: "POST", body, auth: "required" });
      keepPlace(eventId, place);
      return place;
    } catch (error) {
      const asked = challengeOf(error);
      if (asked === undefined || round >= PROOFS_MAX) throw error;
      const human = asked.siteKey === undefined ? null : await humanWord(asked.siteKey);
      proof =
        human === null ? { proof: { challenge: asked.challenge, answer: await solved(asked) } } : { human };
    }
  }
}

function challengeOf(error: unknown): Challenge | undefined {
  if (!(error instanceof ApiError) || error.code !== "RATE001") return undefined;
  const details = error.details as unknown as Partial<Challenge>;
  const { challenge, bits, siteKey } = details;
  if (challenge === undefined || bits === undefined) return undefined;
  return { challenge, bits, ...(siteKey !== undefined && { siteKey }) };
}

function solved(asked: Challenge): Promise<number> {
  return new Promise((done, failed) => {
    const worker = new Worker(new URL("./proof.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<number>) => {
      worker.terminate();
      done(data);
    };
    worker.onerror = (event) => {
      worker.terminate();
      failed(new Error(event.message));
    };
    worker.postMessage(asked);
  });
}

/** Codes of lanes that were shown and found right or wrong: each once, as long as this page lives. */
const shown = new Set<string>();

/** With the code of the address, where there is one that was not shown yet; a wrong one changes nothing. */
async function joinWith(eventId: string, code: string): Promise<QueueAnswer | undefined> {
  if (shown.has(`${eventId} ${code}`)) return undefined;
  shown.add(`${eventId} ${code}`);
  try {
    return await join(eventId, code);
  } catch (error) {
    if (error instanceof ApiError && error.code === "VALIDATION001") return undefined;
    shown.delete(`${eventId} ${code}`);
    throw error;
  }
}

/** One's place: by the token that this device has kept, or else by joining; with a lane's code from the address. */
export const placeQuery = (eventId: string, code?: string) =>
  queryOptions({
    queryKey: placeKey(eventId),
    queryFn: async ({ signal }) => {
      const inLane = code === undefined ? undefined : await joinWith(eventId, code);
      if (inLane !== undefined) return inLane;
      const kept = keptPlace(eventId);
      if (kept === undefined) return join(eventId);
      try {
        const place = await request<QueueAnswer>(path(eventId, `/${kept.token}`), { signal });
        keepPlace(eventId, place);
        return place;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        dropPlace(eventId);
        return join(eventId);
      }
    },
    staleTime: 1_000,
    gcTime: 60_000,
  });

export const servingQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["queue", eventId, "serving"],
    queryFn: ({ signal }) => request<Serving>(path(eventId, "/serving"), { signal }),
    staleTime: 1_000,
  });

export const drawQuery = (eventId: string) =>
  queryOptions({
    queryKey: ["queue", eventId, "draw"],
    queryFn: ({ signal }) => request<Draw>(path(eventId, "/draw"), { signal }),
    staleTime: 60_000,
  });

export const againMutation = (eventId: string) =>
  mutationOptions({ mutationKey: ["queue", eventId, "join"], mutationFn: () => join(eventId) });

export const codeMutation = (eventId: string) =>
  mutationOptions({
    mutationKey: ["queue", eventId, "code"],
    mutationFn: (code: string) => join(eventId, code),
  });

export const leaveMutation = (eventId: string, token: string) =>
  mutationOptions({
    mutationKey: ["queue", eventId, "leave"],
    mutationFn: () =>
      request<{ left: boolean }>(path(eventId, `/${token}/leave`), { method: "POST", auth: "required" }),
    onSettled: () => dropPlace(eventId),
  });

const PAGE = 65_536;

/** The whole list of a lane, 16 bytes a ticket. */
export async function fetchTickets(
  eventId: string,
  lane: number,
  many: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(16 * many);
  for (let first = 0; first < many; first += PAGE)
    whole.set(
      await sendForBytes(path(eventId, `/tickets?lane=${lane}&first=${first}`), { method: "GET" }),
      16 * first,
    );
  return whole;
}
