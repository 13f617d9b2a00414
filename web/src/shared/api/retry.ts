import { ApiError } from "./errors";

/** A read is asked again when no answer came or the server was in trouble; a refusal is an answer. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof ApiError && error.isUnclear;
}

export const retryDelay = (failures: number): number => Math.min(500 * 2 ** failures, 4_000);
