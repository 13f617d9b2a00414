/** The colours of the map as the tokens say them now; read anew when the theme changes. */
export interface Palette {
  ground: string;
  stand: string;
  surface: string;
  sold: string;
  onSold: string;
  seatSold: string;
  seatHeld: string;
  ink: string;
  quiet: string;
  line: string;
  flood: string;
  onFlood: string;
  floodSoft: string;
  inverse: string;
  onInverse: string;
  warn: string;
  focus: string;
  focusHalo: string;
  grassA: string;
  grassB: string;
  grassLine: string;
  /** By rank, from 1; 0 stands for what has no price. */
  tints: readonly string[];
  onTints: readonly string[];
  font: string;
}

export function readPalette(of: Element): Palette {
  const style = getComputedStyle(of);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const ranks = [1, 2, 3, 4, 5];
  return {
    ground: token("map-ground"),
    stand: token("map-stand"),
    surface: token("surface"),
    sold: token("map-sold"),
    onSold: token("map-sold-on"),
    seatSold: token("seat-sold"),
    seatHeld: token("seat-held"),
    ink: token("ink"),
    quiet: token("ink-2"),
    line: token("line"),
    flood: token("flood"),
    onFlood: token("on-flood"),
    floodSoft: token("flood-soft"),
    inverse: token("inverse"),
    onInverse: token("on-inverse"),
    warn: token("warn"),
    focus: token("focus"),
    focusHalo: token("focus-halo"),
    grassA: token("pitch-a"),
    grassB: token("pitch-b"),
    grassLine: token("pitch-line"),
    tints: [token("map-sold"), ...ranks.map((rank) => token(`p${rank}`))],
    onTints: [token("map-sold-on"), ...ranks.map((rank) => token(`p${rank}-on`))],
    font: token("font"),
  };
}
