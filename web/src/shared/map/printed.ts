import type { Section, Venue } from "../api/contract";
import { printedNumber } from "./chart";

interface Numbered {
  sectionId: string;
  row?: string | null;
  seat?: number | null;
}

/** The number that stands on a seat, which its order and its ticket count from 1; nothing where one stands. */
export const printedIn = (section: Section | undefined, row?: string | null, seat?: number | null) =>
  row == null || seat == null
    ? undefined
    : printedNumber(seat, section?.rows?.find(({ label }) => label === row)?.numbering ?? undefined);

export const printedSeat = (venue: Venue | undefined, { sectionId, row, seat }: Numbered) =>
  printedIn(
    venue?.sections.find(({ id }) => id === sectionId),
    row,
    seat,
  );
