import { ApiError } from "./errors";

/**
 * One idempotency key an attempt. The same wish asked again after an unclear answer reuses its key, so the server
 * gives the first answer again instead of acting twice. A clear answer, good or bad, ends the attempt.
 */
export class AttemptKeys {
  private open: { wish: string; key: string } | undefined;
  private readonly make: () => string;

  constructor(make: () => string = randomKey) {
    this.make = make;
  }

  keyFor(wish: unknown): string {
    const text = JSON.stringify(wish);
    if (this.open?.wish !== text) this.open = { wish: text, key: this.make() };
    return this.open.key;
  }

  settle(error?: unknown): void {
    const unclear = error instanceof ApiError && (error.isUnclear || error.status === 429);
    if (!unclear) this.open = undefined;
  }
}

// crypto.randomUUID is missing on plain-http origins other than localhost.
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
