import { act } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openApp } from "@/testing/render";
import { api, server } from "@/testing/server";

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

// Frames come of the sections in view; a wheelchair's place may be anywhere.
it.each([
  ["?accessible=1", 3],
  ["", 1],
])("the house at %s is counted %i times in 45 seconds", async (address, times) => {
  let asked = 0;
  server.use(
    http.get(api("/events/:id/seats.bin"), () => {
      asked += 1;
      return HttpResponse.arrayBuffer(new Uint8Array(10).buffer);
    }),
  );
  await openApp(`/events/event-1${address}`);
  await vi.waitFor(() => expect(asked).toBe(1));
  await act(() => vi.advanceTimersByTimeAsync(45_000));
  expect(asked).toBe(times);
});
