import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CHART } from "@/testing/fixtures";
import { useScene } from "./use-scene";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Way = Parameters<typeof useScene>[1];
const laidOut = () => act(() => vi.runAllTimers());
const turning = (chart: typeof CHART | undefined, way: Way) =>
  renderHook(({ of, lies }) => useScene(of, lies), { initialProps: { of: chart, lies: way } });

it("shows who turns the phone the house as it lay until the other way is laid out, and back at once", () => {
  const chart = { ...CHART };
  const { result, rerender } = turning(chart, "lying");
  expect(result.current).toBeUndefined();
  laidOut();
  const lying = result.current;
  expect(lying?.bounds).toBeDefined();

  rerender({ of: chart, lies: "upright" });
  expect(result.current).toBe(lying);
  laidOut();
  const upright = result.current;
  expect(upright).toBeDefined();
  expect(upright).not.toBe(lying);

  rerender({ of: chart, lies: "lying" });
  expect(result.current).toBe(lying);
  expect(vi.getTimerCount()).toBe(0);
});

it("lays out only the way that is looked at when it is turned twice before that is done", () => {
  const chart = { ...CHART };
  const { result, rerender } = turning(chart, "lying");
  rerender({ of: chart, lies: "upright" });
  expect(vi.getTimerCount()).toBe(1);
  laidOut();
  const upright = result.current;
  rerender({ of: chart, lies: "lying" });
  expect(result.current).toBe(upright);
  rerender({ of: chart, lies: "upright" });
  expect([result.current, vi.getTimerCount()]).toEqual([upright, 0]);
});

it("never shows another chart's house, and lays out nothing for who has left", () => {
  const { result, rerender, unmount } = turning({ ...CHART }, "lying");
  laidOut();
  expect(result.current).toBeDefined();
  rerender({ of: { ...CHART }, lies: "lying" });
  expect(result.current).toBeUndefined();
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});
