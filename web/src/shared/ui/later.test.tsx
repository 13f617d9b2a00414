import { act, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { expect, it } from "vitest";
import { later, nearby } from "./later";

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
