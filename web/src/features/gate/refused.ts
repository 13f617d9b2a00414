import type { CheckIn } from "@/shared/api/contract";
import type { ApiError } from "@/shared/api/errors";
import { isYes, type Verdict, type VerdictKind } from "./judging";

/** What no retry mends, by our server's own word: whatever else stands in between may say 400 for a minute. */
export const isUnreadable = ({ status, code }: ApiError): boolean =>
  (status === 400 || status === 413 || status === 422) && /^(VALIDATION|REQUEST)/.test(code);

/** What a refusal of the server is at a gate. */
const REFUSED: Record<string, VerdictKind> = {
  TICKET001: "unknown",
  TICKET002: "already",
  TICKET003: "expired",
  TICKET004: "invalid",
  AUTH004: "locked",
};

/** The server's no, in the device's words where it said no itself: it knows more of why. */
export function verdictOf(error: ApiError, scan: CheckIn, local: Verdict): Verdict {
  if (!isYes(local) && local.kind !== "unsure") return local;
  const isOut = scan.direction === "OUT" && error.code === "TICKET004";
  const kind = isOut ? "notInside" : (REFUSED[error.code] ?? "invalid");
  const ticket = "ticket" in local ? local.ticket : undefined;
  return { kind, ticket, ...(kind === "already" ? whereWas(error.told) : {}) } as Verdict;
}

/** Where and when somebody went in before, as the server tells it. */
function whereWas(told: unknown): { gate?: string; at?: string } {
  const { gate, at } = (told ?? {}) as Record<string, unknown>;
  return typeof gate === "string" && typeof at === "string" ? { gate, at } : {};
}
