import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("draws on after a test that had a clock of its own", async () => {
  vi.useFakeTimers();
  const button = document.createElement("button");
  document.body.append(button);
  // jsdom looks where the focus went with its next frame, which this clock counts.
  button.focus();
  button.remove();
  vi.useRealTimers();
  await expect(new Promise(requestAnimationFrame)).resolves.toEqual(expect.any(Number));
}, 2_000);
