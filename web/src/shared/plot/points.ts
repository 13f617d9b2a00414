export interface PlotPoint {
  /** Unix milliseconds. */
  at: number;
  value: number;
}

export interface Painting {
  points: readonly PlotPoint[];
  /** How wide a bar is in time. */
  stepMs: number;
  height: number;
  formatTime: (ms: number) => string;
  formatValue: (value: number) => string;
}
