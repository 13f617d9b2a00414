import type { SectionLook } from "./paint-house";

export type Place = { kind: "section"; section: number } | { kind: "seat"; seat: number };

/** What people see of the house. */
export interface Where {
  /** Whether seats can be seen, and of which section most. */
  isOpen: boolean;
  section: number | null;
  isWhole: boolean;
  isClosest: boolean;
}

/** What the page has chosen and knows. */
export interface Chosen {
  looks: readonly SectionLook[];
  section: number | null;
  mine: ReadonlySet<number>;
  asked: ReadonlySet<number>;
  isAccessible: boolean;
  focus: Place | null;
}
