import { act, render, screen } from "@testing-library/react";
import { Component, type ReactNode, Suspense } from "react";
import { expect, it, vi } from "vitest";
import { later, nearby } from "./later";

class ErrorBoundary extends Component<{ children: ReactNode }, { isGone: boolean }> {
  override state = { isGone: false };
  static getDerivedStateFromError = () => ({ isGone: true });
  override render = () => (this.state.isGone ? <p>gone</p> : this.props.children);
}

it("leaves the page as it is while a part does not come, and shows it once the network is back", async () => {
  let hasNetwork = false;
  const asked: boolean[] = [];
  const Part = later<object>(async () => {
    asked.push(hasNetwork);
    if (!hasNetwork) throw new TypeError("Failed to fetch dynamically imported module");
    return () => <p>A row of seats</p>;
  });
  render(
    <>
      <p>The price</p>
      <Suspense fallback={null}>
        <Part />
      </Suspense>
    </>,
  );
  await act(async () => {});
  expect(screen.getByText("The price")).toBeVisible();
  hasNetwork = true;
  act(() => void dispatchEvent(new Event("online")));
  expect(await screen.findByText("A row of seats")).toBeVisible();
  expect(asked).toEqual([false, true]);
});

it("gives up what a network that answers does not have, and asks on while there is none", async () => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const isOnline = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  let asked = 0;
  const Part = later<object>(async () => {
    asked += 1;
    throw new TypeError("Failed to fetch dynamically imported module");
  });
  render(
    <ErrorBoundary>
      <Suspense fallback={null}>
        <Part />
      </Suspense>
    </ErrorBoundary>,
  );
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(asked).toBeGreaterThan(10);
  expect(screen.queryByText("gone")).toBeNull();
  isOnline.mockReturnValue(true);
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(screen.getByText("gone")).toBeVisible();
  vi.useRealTimers();
});

it("brings what is near as soon as a finger is down, and a lost network is no news", async () => {
  let asked = 0;
  nearby(async () => {
    asked += 1;
    throw new TypeError("Failed to fetch dynamically imported module");
  });
  expect(asked).toBe(0);
  await act(async () => void dispatchEvent(new Event("pointerdown")));
  await act(async () => void dispatchEvent(new Event("pointerdown")));
  expect(asked).toBe(1);
});
