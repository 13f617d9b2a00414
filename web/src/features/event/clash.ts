import { ApiError } from "@/shared/api/errors";
import { groupBy } from "@/shared/group-by";
import { isSameSeat, type Pick, type Wish } from "./basket";
import type { Offer } from "./offers";

// What a refused hold leaves of a wish. Only whoever was too late needs it.

export interface NamedSeat {
  sectionId: string;
  row: string;
  seat: number;
}
export interface Conflict {
  gone: readonly NamedSeat[];
  /** What is wanted instead: the picks with the nearest free seats in place of those that are gone. */
  instead: readonly Pick[] | null;
  /** The seats that this brings in. */
  nearest: readonly NamedSeat[];
}

/** Which of the named seats are gone, and what the server offers instead. */
export function conflictOf(error: unknown, picks: readonly Pick[]): Conflict | null {
  if (!(error instanceof ApiError) || error.code !== "SEAT001") return null;
  const { seats = [], nearest = [] } = (error.told ?? {}) as { seats?: NamedSeat[]; nearest?: NamedSeat[] };
  const isGone = (each: Pick) => seats.some((seat) => isAt(each, seat));
  // The server seats everybody anew who lost somebody of their line, of one section and price: its answer is for all of
  // these, and may name seats they have already.
  const seated = picks.filter(({ seat }) => seat !== null);
  const lines = [
    ...groupBy(seated, ({ sectionId, priceLevel }) => JSON.stringify([sectionId, priceLevel])).values(),
  ];
  const torn = lines.filter((line) => line.some(isGone)).flat();
  const others = new Map<Pick, NamedSeat>();
  for (const [sectionId, its] of groupBy(torn, (each) => each.sectionId)) {
    const offered = nearest.filter((seat) => seat.sectionId === sectionId);
    const isForAll = offered.length === its.length;
    // Not as many as were asked for: who has a seat keeps it.
    const wanting = isForAll ? its : its.filter(isGone);
    const free = isForAll ? offered : offered.filter((seat) => !its.some((each) => isAt(each, seat)));
    for (const [n, each] of wanting.entries()) {
      const other = free[n];
      if (other !== undefined) others.set(each, other);
    }
  }
  if (seats.length === 0 || picks.some((each) => isGone(each) && !others.has(each)))
    return { gone: seats, instead: null, nearest: [] };
  const instead = picks.map((each) => {
    const other = others.get(each);
    return other === undefined ? each : { ...each, seat: { row: other.row, seat: other.seat } };
  });
  return { gone: seats, instead, nearest: [...others.values()] };
}

const isAt = (each: Pick, { sectionId, row, seat }: NamedSeat): boolean =>
  isSameSeat({ sectionId, seat: { row, seat }, priceLevel: "" }, each);

export interface Shortage {
  sections: { name: string; free: number; wanted: number }[];
  wanted: number;
  /** The wish with as many there as there are; null where that is nobody, or everybody. */
  left: Wish | null;
  count: number;
}

/** In which sections there are fewer places than are picked there without a name, by the newest counts. */
export function shortageOf({ party, picks }: Wish, offers: readonly Offer[]): Shortage | null {
  const anywhere = picks.filter(({ seat }) => seat === null);
  const wishes = [...groupBy(anywhere, ({ sectionId }) => sectionId)].map(([sectionId, its]) => {
    const offer = offers.find(({ section }) => section.id === sectionId);
    return { its, name: offer?.section.name ?? "", free: offer?.free ?? its.length };
  });
  if (wishes.length === 0) return null;
  const isShort = (wish: (typeof wishes)[number]) => wish.free < wish.its.length;
  const short = wishes.some(isShort) ? wishes.filter(isShort) : wishes;
  // Whoever was added last stays away.
  const away = new Set(short.flatMap(({ its, free }) => its.slice(free)));
  const fewer = { ...party };
  for (const { priceLevel } of away) fewer[priceLevel] = Math.max(0, (fewer[priceLevel] ?? 0) - 1);
  const staying = picks.filter((each) => !away.has(each));
  return {
    sections: short.map(({ its, name, free }) => ({ name, free, wanted: its.length })),
    wanted: short.reduce((sum, { its }) => sum + its.length, 0),
    left: away.size === 0 || staying.length === 0 ? null : { party: fewer, picks: staying },
    count: staying.length,
  };
}
