import type { CapacityUpdate, PlaceSeason } from "@/shared/api/contract";
import type { SectionSeats } from "@/shared/map/seat-house";

export interface Seat {
  row: string;
  seat: number;
}
/** What somebody wants of a season; it lies in the address, so that signing in loses nothing. */
export interface Wish {
  sectionId: string;
  level: string;
  count: number;
  seats: readonly Seat[];
}

/** A seat is written "12.A": its number, a dot and its row, which may be anything. */
export function wishOf(query: URLSearchParams): Wish {
  const count = Number(query.get("count"));
  return {
    sectionId: query.get("section") ?? "",
    level: query.get("level") ?? "",
    count: Number.isInteger(count) && count > 0 ? count : 1,
    seats: query.getAll("seat").flatMap((written) => {
      const [, seat = "", row = ""] = /^(\d{1,4})\.(.+)$/.exec(written) ?? [];
      return row === "" ? [] : [{ row, seat: Number(seat) }];
    }),
  };
}

export function queryOf({ sectionId, level, count, seats }: Wish): URLSearchParams {
  const query = new URLSearchParams({ section: sectionId, level, count: String(count) });
  for (const { row, seat } of seats) query.append("seat", `${seat}.${row}`);
  return query;
}

export const isSame = (one: Seat, other: Seat): boolean => one.row === other.row && one.seat === other.seat;

export interface FreeRow {
  label: string;
  seats: readonly number[];
}

/** The rows of a section with the seats that are free at every date; rows without any are left out. */
export function freeAtAll(dates: readonly SectionSeats[]): FreeRow[] {
  const [first, ...others] = dates;
  const known = others.map(({ rows }) => new Map(rows.map(({ label, seats }) => [label, seats])));
  return (first?.rows ?? [])
    .map(({ label, seats }) => ({
      label,
      seats: [...seats].flatMap((letter, at) =>
        letter === "F" && known.every((rows) => rows.get(label)?.[at] === "F") ? [at + 1] : [],
      ),
    }))
    .filter(({ seats }) => seats.length > 0);
}

/** How many places of a section are free at one date. */
export const freeOf = (date: CapacityUpdate, sectionId: string): number =>
  date.sections.find((section) => section.sectionId === sectionId)?.available ?? 0;
export const freeSeatsOf = ({ rows }: SectionSeats): number =>
  rows.reduce((all, { seats }) => all + seats.split("F").length - 1, 0);

/** As it is asked for: named seats where there are seats, else how many. */
export const askedOf = (
  { sectionId, level, count, seats }: Wish,
  eventIds: readonly string[],
  isSeated: boolean,
): PlaceSeason => ({
  eventIds: [...eventIds],
  tickets: [
    {
      sectionId,
      priceLevel: level,
      quantity: isSeated ? seats.length : count,
      ...(isSeated && { seats: seats.map(({ row, seat }) => ({ row, seat })) }),
    },
  ],
});
