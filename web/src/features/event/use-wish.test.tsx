import { act, renderHook } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { expect, it } from "vitest";
import { useWish } from "./use-wish";

const SECTIONS = ["01a227e6-5d5f-733b-84cc-5a145c3dedd9"] as const;
const USUAL = { adult: 2 };

it("keeps both of two changes that come before the router has shown the first", () => {
  const { result } = renderHook(() => useWish(SECTIONS, USUAL), { wrapper: MemoryRouter });
  const [sectionId] = SECTIONS;
  const picks = [{ sectionId, priceLevel: "adult", seat: { row: "F", seat: 7 } }];
  act(() => {
    const [, change] = result.current;
    change({ wish: { party: USUAL, picks } });
    change({ sectionId });
  });
  expect(result.current[0]).toMatchObject({ sectionId, wish: { party: USUAL, picks } });
});
