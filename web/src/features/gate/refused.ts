import type { ApiError } from "@/shared/api/errors";
import type { VerdictKind } from "./judging";

/** What no retry mends, by our server's own word: whatever else stands in between may say 400 for a minute. */
export const isUnreadable = ({ status, code }: ApiError): boolean =>
  (status === 400 || status === 413 || status === 422) && /^(VALIDATION|REQUEST)/.test(code);

/** What a refusal of the server is at a gate. */
export const REFUSED: Record<string, VerdictKind> = {
  TICKET001: "unknown",
  TICKET002: "already",
  TICKET003: "expired",
  TICKET004: "invalid",
  AUTH004: "locked",
};
