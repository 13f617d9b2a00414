import { describe, expect, it } from "vitest";
import { card } from "@/testing/fixtures";
import { groupByDay, spanOf } from "./days";

const at = (id: string, startTime: string) => card({ id, startTime });

describe("groupByDay", () => {
  it("goes by the calendar at the venue, in order of time", () => {
    const now = Date.parse("2026-07-01T12:00:00Z");
    // 23:30 UTC is half past midnight of the next day in Dublin in summer.
    const groups = groupByDay(
      [
        at("late", "2026-07-01T23:30:00Z"),
        at("early", "2026-07-01T18:00:00Z"),
        at("far", "2026-07-20T18:00:00Z"),
      ],
      now,
    );
    expect(groups.map(({ day, name, events }) => [day, name, events.map((each) => each.id)])).toEqual([
      ["2026-07-01", "today", ["early"]],
      ["2026-07-02", "tomorrow", ["late"]],
      ["2026-07-20", "date", ["far"]],
    ]);
  });

  it("calls days of the coming week by their name", () => {
    const now = Date.parse("2026-07-01T12:00:00Z");
    expect(groupByDay([at("a", "2026-07-05T12:00:00Z")], now)[0]?.name).toBe("weekday");
  });
});

describe("spanOf", () => {
  const wednesday = new Date(2026, 6, 1, 12).getTime();
  const days = (when: Parameters<typeof spanOf>[0]) => {
    const { from, to } = spanOf(when, wednesday);
    return [from, to].map((each) => each && new Date(each).getDate());
  };

  it("is today, the weekend, next Monday to Sunday, or from today on", () => {
    expect(days("today")).toEqual([1, 2]);
    expect(days("weekend")).toEqual([4, 6]);
    expect(days("nextWeek")).toEqual([6, 13]);
    expect(days("any")).toEqual([1, null]);
  });

  it("begins the weekend today when it is Sunday", () => {
    const sunday = new Date(2026, 6, 5, 12).getTime();
    expect(new Date(spanOf("weekend", sunday).from ?? "").getDate()).toBe(5);
  });
});
