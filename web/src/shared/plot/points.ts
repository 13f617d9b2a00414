export interface PlotPoint {
  /** Unix milliseconds. */
  at: number;
  value: number;
}

export interface PlotLine {
  /** One for each place of the axis. */
  values: readonly number[];
  form: "bars" | "line" | "dashed" | "area";
  /** On a scale of its own, which has no axis: whoever shows it says how far it reaches. */
  isApart?: boolean;
}

export interface Painting {
  /** The places of the axis, rising: Unix milliseconds, or any number where it is no time. */
  at: readonly number[];
  lines: readonly PlotLine[];
  isTime: boolean;
  /** How wide a bar is on the axis; 0 where there are lines alone. */
  step: number;
  height: number;
  formatAt: (at: number) => string;
  formatValue: (value: number) => string;
}
