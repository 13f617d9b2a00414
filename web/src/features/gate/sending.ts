import { request } from "@/shared/api/client";
import type { CheckIn, ScanResults } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { isUnreadable } from "./refused";

// Scans that were kept go out, many at once.

export interface Sent {
  /** These are the server's now; so many of them it flagged. */
  sent(clientIds: readonly string[], flagged: number): Promise<void>;
  unreadable(scan: CheckIn): void;
}

/** One that the server cannot read stands in nobody's way: it is told apart from the others. */
export async function sendScans(eventId: string, scans: readonly CheckIn[], hear: Sent): Promise<void> {
  try {
    const { results } = await request<ScanResults>(`/events/${eventId}/checkins/batch`, {
      method: "POST",
      body: { checkins: scans },
      auth: "required",
    });
    const flagged = results.filter(({ result }) => result === "CONFLICT" || result === "REFUSED").length;
    await hear.sent(
      results.map(({ clientId }) => clientId),
      flagged,
    );
  } catch (error) {
    const [first, ...others] = scans;
    if (first === undefined || !(error instanceof ApiError) || !isUnreadable(error)) throw error;
    if (others.length === 0) return hear.unreadable(first);
    const half = Math.ceil(scans.length / 2);
    await sendScans(eventId, scans.slice(0, half), hear);
    await sendScans(eventId, scans.slice(half), hear);
  }
}
