import type { ErrorDetail } from "./contract";

/** A refusal of the server, or `NETWORK`/`TIMEOUT` when no answer came. Screens switch on `code`, never on the message. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetail[];
  /** What the refusal tells beside its code, where that is not a list of fields. */
  readonly told: unknown;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(from: {
    code: string;
    status: number;
    message: string;
    details?: unknown;
    requestId?: string | undefined;
    retryAfterSeconds?: number | undefined;
  }) {
    super(from.message);
    this.name = "ApiError";
    this.code = from.code;
    this.status = from.status;
    this.details = Array.isArray(from.details) ? (from.details as ErrorDetail[]) : [];
    this.told = from.details;
    this.requestId = from.requestId;
    this.retryAfterSeconds = from.retryAfterSeconds;
  }

  /** The server's sentence for one field of the body, if it named that field. */
  field(name: string): string | undefined {
    return this.detail(name)?.message;
  }

  detail(name: string): ErrorDetail | undefined {
    return this.details.find((detail) => detail.field === name);
  }

  /** Nobody knows whether the server acted: ask again with the same idempotency key. */
  get isUnclear(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof ApiError ? error.code : undefined;
