// Tickets by hours before an event begins, added up: two events beside each other. Pure.

const HOUR_MS = 3_600_000;

export interface Sold {
  at: string;
  value: number;
}

/** How many were sold so many hours before the start, at each of these steps, the earliest first. */
export function courseOf(points: readonly Sold[], startTime: string, hours: readonly number[]): number[] {
  const start = Date.parse(startTime);
  return hours.map((before) =>
    points
      .filter(({ at }) => Date.parse(at) <= start - before * HOUR_MS)
      .reduce((sum, { value }) => sum + value, 0),
  );
}

/** Thirteen steps from the first sale of either to the start. */
export function stepsOf(courses: readonly { points: readonly Sold[]; startTime: string }[]): number[] {
  const longest = Math.max(
    12,
    ...courses.map(({ points, startTime }) =>
      points[0] === undefined ? 0 : (Date.parse(startTime) - Date.parse(points[0].at)) / HOUR_MS,
    ),
  );
  return Array.from({ length: 13 }, (_, step) => Math.round((longest * (12 - step)) / 12));
}
