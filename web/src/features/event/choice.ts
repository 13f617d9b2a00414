import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";
import { useShallow } from "zustand/react/shallow";
import { isLeaving, onToken } from "@/shared/api/session";
import { tell } from "@/shared/measuring/tell";

// What a person has picked but not asked for yet: the server cannot know it. It outlives the way to sign-in and back.

export interface Choice {
  quantity: number;
  sectionId: string | null;
  priceLevel: string | null;
  promoCode: string | null;
  /** Wheelchair places: offered only to those who ask. */
  accessible: boolean;
}
const EMPTY: Choice = { quantity: 2, sectionId: null, priceLevel: null, promoCode: null, accessible: false };

interface Choices {
  byEvent: Record<string, Choice>;
  change: (eventId: string, change: Partial<Choice>) => void;
}

export const useChoices = create<Choices>()(
  persist(
    (set) => ({
      byEvent: {},
      change: (eventId, change) => {
        if (change.sectionId) tell("select", { eventId, sectionId: change.sectionId });
        set(({ byEvent }) => ({
          byEvent: { ...byEvent, [eventId]: { ...EMPTY, ...byEvent[eventId], ...change } },
        }));
      },
    }),
    { name: "arenapulse.choices", storage: createJSONStorage(() => sessionStorage) },
  ),
);

// Who signs out takes the choice along; a session that merely ran out keeps it for the way back.
onToken((token) => {
  if (token === null && isLeaving()) useChoices.setState({ byEvent: {} });
});

// What an older version of this page has kept lacks what is chosen only since.
export const useChoice = (eventId: string): Choice =>
  useChoices(useShallow((state) => ({ ...EMPTY, ...state.byEvent[eventId] })));
