import type { ArenaEvent } from "./contract";

export interface Sales {
  open: boolean;
  /** i18n key under `sales.`, when closed or worth a word. */
  reason:
    | "SCHEDULED"
    | "PAUSED"
    | "CANCELLED"
    | "POSTPONED"
    | "COMPLETED"
    | "DRAFT"
    | "tooLate"
    | "soldOut"
    | null;
}

/** Whether orders are taken, by the contract's rules; `now` is by the server's clock. */
export function salesOf(
  event: Pick<ArenaEvent, "status" | "startTime" | "salesEndAt">,
  free: number | undefined,
  now: number,
): Sales {
  switch (event.status) {
    case "DRAFT":
    case "SCHEDULED":
    case "PAUSED":
    case "CANCELLED":
    case "POSTPONED":
    case "COMPLETED":
      return { open: false, reason: event.status };
    default:
      if (now >= Date.parse(event.salesEndAt ?? event.startTime)) return { open: false, reason: "tooLate" };
      // Sold out is still answered by stock: one place may come back at any moment.
      if (event.status === "SOLD_OUT" && (free ?? 0) <= 0) return { open: false, reason: "soldOut" };
      return { open: true, reason: null };
  }
}
