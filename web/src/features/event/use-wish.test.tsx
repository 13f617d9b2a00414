import { act, renderHook } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { MemoryRouter, Router } from "react-router";
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

it("knows a change at once, and where the router goes after it", () => {
  const shown = { go: (_search: string) => {} };
  const { result } = renderHook(() => useWish(SECTIONS, USUAL), {
    wrapper: ({ children }) => <SlowRouter shown={shown}>{children}</SlowRouter>,
  });
  act(() => result.current[1]({ view: "list" }));
  const [address] = result.current;
  expect(address.view).toBe("list");
  act(() => shown.go("?view=list"));
  expect(result.current[0]).toBe(address);
  act(() => shown.go(""));
  expect(result.current[0].view).toBe("map");
});

it("keeps the second of two changes while the router shows the first", () => {
  const shown = { go: (_search: string) => {} };
  const { result } = renderHook(() => useWish(SECTIONS, USUAL), {
    wrapper: ({ children }) => <SlowRouter shown={shown}>{children}</SlowRouter>,
  });
  const [sectionId] = SECTIONS;
  act(() => result.current[1]({ view: "list" }));
  act(() => result.current[1]({ sectionId }));
  act(() => shown.go("?view=list"));
  expect(result.current[0]).toMatchObject({ view: "list", sectionId });
  act(() => result.current[1]({ isAccessible: true }));
  expect(result.current[0]).toMatchObject({ view: "list", sectionId, isAccessible: true });
  act(() => shown.go(""));
  expect(result.current[0].view).toBe("map");
});

/** Shows nothing before it is told to. */
function SlowRouter({ shown, children }: { shown: { go: (search: string) => void }; children: ReactNode }) {
  const [search, setSearch] = useState("");
  shown.go = setSearch;
  const navigator = { createHref: String, push: () => {}, replace: () => {}, go: () => {} };
  return (
    <Router location={{ pathname: "/", search }} navigator={navigator}>
      {children}
    </Router>
  );
}
