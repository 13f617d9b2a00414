import type { Admission, ManifestTicket } from "@/shared/api/contract";

/** The number that stands on a ticket's seat, which its order counts from 1; nothing where one stands. */
export const seatOn = ({ printedSeat, seat }: ManifestTicket): number | undefined =>
  printedSeat ?? seat ?? undefined;

/** Of whom the server let in before this device had heard of the ticket. */
export const ticketOf = ({ ticket, printedSeat }: Admission): ManifestTicket => ({
  ...ticket,
  printedSeat: printedSeat ?? null,
});
