/** 13, 14 and 15 are "13–15"; 13 and 15 are "13, 15". */
export function seatWords(seats: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const seat of seats) {
    const run = runs[runs.length - 1];
    if (run !== undefined && run[1] === seat - 1) run[1] = seat;
    else runs.push([seat, seat]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}
