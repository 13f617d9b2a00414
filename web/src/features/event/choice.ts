import { create } from "zustand";
import { isLeaving, onToken } from "@/shared/api/session";

// The promo code somebody typed: what else is wanted lies in the address, a code is nobody else's. It outlives the way to
// sign-in and back.

export interface Choice {
  promoCode: string | null;
}
const EMPTY: Choice = { promoCode: null };
const KEPT = "arenapulse.choices";

interface Choices {
  byEvent: Record<string, Choice>;
  change: (eventId: string, change: Partial<Choice>) => void;
}

/** What this tab kept; nothing where a browser keeps nothing. */
function kept(): Choices["byEvent"] {
  try {
    return (JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Choices>).byEvent ?? {};
  } catch {
    return {};
  }
}

export const useChoices = create<Choices>()((set) => ({
  byEvent: kept(),
  change: (eventId, change) =>
    set(({ byEvent }) => ({
      byEvent: { ...byEvent, [eventId]: { ...EMPTY, ...byEvent[eventId], ...change } },
    })),
}));
useChoices.subscribe(({ byEvent }) => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ byEvent }));
  } catch {
    // Then it is kept as long as the page is.
  }
});

// Who signs out takes the choice along; a session that merely ran out keeps it for the way back.
onToken((token) => {
  if (token === null && isLeaving()) useChoices.setState({ byEvent: {} });
});

export const useChoice = (eventId: string): Choice => useChoices((state) => state.byEvent[eventId]) ?? EMPTY;
