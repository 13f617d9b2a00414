import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";
import { useShallow } from "zustand/react/shallow";
import { isLeaving, onToken } from "@/shared/api/session";

// The promo code somebody typed: what else is wanted lies in the address, a code is nobody else's. It outlives the way to
// sign-in and back.

export interface Choice {
  promoCode: string | null;
}
const EMPTY: Choice = { promoCode: null };

interface Choices {
  byEvent: Record<string, Choice>;
  change: (eventId: string, change: Partial<Choice>) => void;
}

export const useChoices = create<Choices>()(
  persist(
    (set) => ({
      byEvent: {},
      change: (eventId, change) =>
        set(({ byEvent }) => ({
          byEvent: { ...byEvent, [eventId]: { ...EMPTY, ...byEvent[eventId], ...change } },
        })),
    }),
    { name: "arenapulse.choices", storage: createJSONStorage(() => sessionStorage) },
  ),
);

// Who signs out takes the choice along; a session that merely ran out keeps it for the way back.
onToken((token) => {
  if (token === null && isLeaving()) useChoices.setState({ byEvent: {} });
});

export const useChoice = (eventId: string): Choice =>
  useChoices(useShallow((state) => ({ ...EMPTY, ...state.byEvent[eventId] })));
