import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";

// What a person has picked but not asked for yet: the server cannot know it. It outlives the way to sign-in and back.

export interface Choice {
  quantity: number;
  sectionId: string | null;
  priceLevel: string | null;
}
const EMPTY: Choice = { quantity: 2, sectionId: null, priceLevel: null };

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

export const useChoice = (eventId: string): Choice => useChoices((state) => state.byEvent[eventId] ?? EMPTY);
