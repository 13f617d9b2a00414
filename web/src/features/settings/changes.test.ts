import { expect, it } from "vitest";
import { changesOf } from "./changes";

it("says what differs, down to the field, and leaves out what stayed", () => {
  const before = {
    url: "https://a",
    events: ["x"],
    sections: { north: { capacity: 10 }, south: { capacity: 5 } },
  };
  const after = {
    url: "https://a",
    events: ["x", "y"],
    sections: { north: { capacity: 12 }, south: { capacity: 5 } },
  };
  expect(changesOf({ before, after, name: "Till" })).toEqual({
    changed: [
      { field: "events", before: '["x"]', after: '["x","y"]' },
      { field: "sections.north.capacity", before: "10", after: "12" },
    ],
    told: [["name", "Till"]],
  });
});

it("knows single values, and what was not there before", () => {
  expect(changesOf({ before: "STAFF", after: "ANALYST" }).changed).toEqual([
    { field: "", before: "STAFF", after: "ANALYST" },
  ]);
  expect(changesOf({ after: { url: "https://a" } }).changed).toEqual([
    { field: "url", before: "–", after: "https://a" },
  ]);
  expect(changesOf({})).toEqual({ changed: [], told: [] });
});
