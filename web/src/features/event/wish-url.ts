import type { Party, Pick, Wish } from "./basket";

// What somebody wants lies in the address: a reload, a second tab and a friend who is sent it see the same.

export interface Shown {
  view: "map" | "list";
  sectionId: string | null;
  /** A price that alone is shown. */
  price: number | null;
  isAccessible: boolean;
}
export interface Address extends Shown {
  wish: Wish;
}

const PICKS_MAX = 50;
const COUNT_MAX = 500;
// Of a section's id so much of its end tells it from the others of its house. Ids begin with the time, and the sections of
// a house are made at once: their starts are the same.
const ID_CHARACTERS = 12;
const shortId = (id: string): string => id.slice(-ID_CHARACTERS);
const word = (text: string): string => encodeURIComponent(text).replaceAll("~", "%7E");

export function read(params: URLSearchParams, sectionIds: readonly string[], party: Party): Address {
  const idOf = (part: string | undefined) => sectionNamed(part, sectionIds);
  const price = Number(params.get("price") ?? Number.NaN);
  const asked = partyOf(params.get("party"));
  return {
    view: params.get("view") === "list" ? "list" : "map",
    sectionId: idOf(params.get("section") ?? undefined) ?? null,
    price: Number.isInteger(price) ? price : null,
    isAccessible: params.get("accessible") === "1",
    wish: {
      party: Object.keys(asked).length > 0 ? asked : party,
      picks: picksOf(params.get("picks"), idOf),
    },
  };
}

/** An address that could mean two sections means none: nobody is to buy what they did not choose. */
function sectionNamed(part: string | undefined, sectionIds: readonly string[]): string | undefined {
  if (part === undefined || part === "") return undefined;
  const byEnd = sectionIds.filter((id) => id.endsWith(part));
  // Links that were sent around earlier name a section by its start.
  const meant = byEnd.length > 0 ? byEnd : sectionIds.filter((id) => id.startsWith(part));
  return meant.length === 1 ? meant[0] : undefined;
}

/** The address of a change; what is as it is anyway is left out. */
export function write(address: Address, usual: Party): URLSearchParams {
  const params = new URLSearchParams();
  if (address.view === "list") params.set("view", "list");
  if (address.sectionId !== null) params.set("section", shortId(address.sectionId));
  if (address.price !== null) params.set("price", String(address.price));
  if (address.isAccessible) params.set("accessible", "1");
  const { party, picks } = address.wish;
  const told = Object.entries(party).filter(([, count]) => count > 0);
  if (told.map(String).join() !== Object.entries(usual).map(String).join())
    params.set("party", told.map(([level, count]) => `${word(level)}.${count}`).join("~"));
  if (picks.length > 0) params.set("picks", picks.map(pickWord).join("~"));
  return params;
}

function partyOf(text: string | null): Record<string, number> {
  const party: Record<string, number> = {};
  for (const part of (text ?? "").split("~")) {
    const at = part.lastIndexOf(".");
    const count = Number(part.slice(at + 1));
    const level = plain(part.slice(0, at));
    if (at > 0 && level !== "" && Number.isInteger(count) && count > 0 && count <= COUNT_MAX)
      party[level] = count;
  }
  return party;
}

const pickWord = ({ sectionId, seat, priceLevel, accessible }: Pick): string =>
  [
    shortId(sectionId),
    word(priceLevel),
    seat === null ? (accessible ? "w" : "") : `${word(seat.row)}.${seat.seat}`,
  ].join(":");

function picksOf(text: string | null, idOf: (part: string | undefined) => string | undefined): Pick[] {
  return (text ?? "")
    .split("~")
    .slice(0, PICKS_MAX)
    .flatMap((part): Pick[] => {
      const [name, level = "", named = ""] = part.split(":");
      const sectionId = idOf(name);
      const priceLevel = plain(level);
      if (sectionId === undefined || priceLevel === "") return [];
      if (named === "" || named === "w")
        return [{ sectionId, priceLevel, seat: null, ...(named === "w" && { accessible: true }) }];
      const at = named.lastIndexOf(".");
      const seat = { row: plain(named.slice(0, at)), seat: Number(named.slice(at + 1)) };
      return Number.isInteger(seat.seat) && seat.row !== "" ? [{ sectionId, priceLevel, seat }] : [];
    });
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
