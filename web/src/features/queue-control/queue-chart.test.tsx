import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { loadWords } from "@/shared/i18n/setup";
import { QueueChart } from "./queue-chart";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, seconds)).toISOString();

it("says by the minute, as a table, what the plot shows by the second", async () => {
  await Promise.all([loadWords("queueControl"), loadWords("organizer")]);
  const apart = { admitted: 0, p95Ms: null, placesLeft: null };
  const points = [0, 30, 59, 60, 75].map((seconds) => ({
    ...{ ...apart, at: at(seconds), waiting: seconds * 10, rate: 2.4 },
  }));
  render(<QueueChart points={points} />);
  const rows = screen.getAllByRole<HTMLTableRowElement>("row", { hidden: true }).slice(1);
  const told = rows.map((row) => [...row.cells].slice(1).map((cell) => cell.textContent));
  expect(told).toEqual([
    ["590", "2"],
    ["750", "2"],
  ]);
});
