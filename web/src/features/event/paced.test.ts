import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pacedQuery, pacedSeats, SHOWN_MS } from "./paced";

const KEY = ["numbers"];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watched() {
  const client = new QueryClient();
  client.setQueryData(KEY, 0);
  const numbers = pacedQuery(
    client,
    { queryKey: KEY, queryFn: () => 0, staleTime: Number.POSITIVE_INFINITY },
    400,
  );
  const told: unknown[] = [];
  const leave = numbers.watch(() => told.push(numbers.read()));
  const say = (value: number) => {
    client.setQueryData(KEY, value);
    vi.advanceTimersByTime(1);
  };
  return { numbers, told, say, leave };
}

describe("numbers at a pace", () => {
  it("tell a lone change at once", () => {
    const { told, say } = watched();
    say(1);
    expect(told).toEqual([1]);
  });

  it("tell those that follow together, the newest alone, and none twice", () => {
    const { numbers, told, say } = watched();
    for (const value of [1, 2, 3, 4]) say(value);
    expect(told).toEqual([1]);
    expect(numbers.read()).toBe(1);
    vi.advanceTimersByTime(400);
    expect(told).toEqual([1, 4]);
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual([1, 4]);
    say(5);
    expect(told).toEqual([1, 4, 5]);
  });

  it("tell nobody who has left", () => {
    const { told, say, leave } = watched();
    say(1);
    say(2);
    leave();
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual([1]);
  });
});

it("two who wait are told of together, so that the page is drawn once", () => {
  const client = new QueryClient();
  const told: string[] = [];
  const keys = ["one", "other"];
  for (const key of keys) {
    client.setQueryData([key], 0);
    const query = { queryKey: [key], queryFn: () => 0, staleTime: Number.POSITIVE_INFINITY };
    pacedQuery(client, query, 400).watch(() => told.push(`${key} at ${Date.now() - began}`));
  }
  const began = Date.now();
  const say = (value: number) => {
    for (const key of keys) {
      client.setQueryData([key], value);
      vi.advanceTimersByTime(100);
    }
  };
  say(1);
  told.length = 0;
  say(2);
  vi.advanceTimersByTime(4_000);
  expect(told).toEqual(["one at 400", "other at 400"]);
});

it("seats of a section are told of together, and those of others not at all", () => {
  let say: (changed: readonly number[]) => void = () => undefined;
  const house = {
    watch: (hear: typeof say) => {
      say = hear;
      return () => undefined;
    },
  };
  const seats = pacedSeats(house, { first: 100, seats: 50 });
  const told: number[] = [];
  seats.watch(() => told.push(seats.read()));
  say([99, 150]);
  expect(told).toEqual([]);
  say([99, 149]);
  expect(told).toEqual([1]);
  say([100]);
  say([101]);
  vi.advanceTimersByTime(SHOWN_MS - 1);
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([1, 3]);
});
