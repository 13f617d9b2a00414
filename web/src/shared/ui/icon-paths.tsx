import type { ReactElement } from "react";

// A table of drawings, not a component: the lines of one stroke, or what else there is to draw. 24 px grid, 1.75 stroke. `g-…` are the availability glyphs: shape says it before colour does.
export const PATHS = {
  search: "M4.5 11a6.5 6.5 0 1 0 13 0 6.5 6.5 0 1 0 -13 0zM16 16l4.5 4.5",
  pin: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM9.5 9.5a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0 -5 0z",
  cal: "M6.5 5h11a3 3 0 0 1 3 3v9.5a3 3 0 0 1 -3 3h-11a3 3 0 0 1 -3 -3v-9.5a3 3 0 0 1 3 -3zM3.5 10h17M8 2.8v4M16 2.8v4",
  right: "M9.5 5.5l6.5 6.5-6.5 6.5",
  left: "M14.5 5.5 8 12l6.5 6.5",
  download: "M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14",
  down: "M5.5 9.5l6.5 6.5 6.5-6.5",
  up: "M5.5 14.5l6.5-6.5 6.5 6.5",
  arrow: "M4 12h16M13.5 5.5 20 12l-6.5 6.5",
  x: "M6 6l12 12M18 6 6 18",
  check: "M4.5 12.5l5 5 10-11",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  ticket:
    "M3.5 8.5v-1a2 2 0 0 1 2-2h13a2 2 0 0 1 2 2v1a3.5 3.5 0 0 0 0 7v1a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-1a3.5 3.5 0 0 0 0-7zM14 9v1M14 13.5v1",
  user: "M8 8a4 4 0 1 0 8 0 4 4 0 1 0 -8 0zM4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6",
  users:
    "M5.5 8.5a3.5 3.5 0 1 0 7 0 3.5 3.5 0 1 0 -7 0zM2.5 20c.6-3.8 3.2-5.8 6.5-5.8s5.9 2 6.5 5.8M16 5.3a3.5 3.5 0 0 1 0 6.4M18.5 14.8c1.8.9 2.8 2.7 3.2 5.2",
  clock: "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 1 0 -17 0zM12 7v5.2l3.3 2",
  lock: "M7.5 10.5h9a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1 -2.5 2.5h-9a2.5 2.5 0 0 1 -2.5 -2.5v-5a2.5 2.5 0 0 1 2.5 -2.5zM8 10.5V8a4 4 0 0 1 8 0v2.5",
  card: "M5.8 5h12.4a3 3 0 0 1 3 3v8a3 3 0 0 1 -3 3h-12.4a3 3 0 0 1 -3 -3v-8a3 3 0 0 1 3 -3zM2.8 10h18.4M6.5 15h4",
  shield: "M12 3 4.5 6v5.5c0 4.7 3.2 7.8 7.5 9.5 4.3-1.7 7.5-4.8 7.5-9.5V6zM8.8 12l2.3 2.3 4.2-4.6",
  nowifi:
    "M3 9.5A13 13 0 0 1 7 6.9M11 6a13 13 0 0 1 10 3.5M6.2 13a8.5 8.5 0 0 1 3-1.9M14 11.2a8.5 8.5 0 0 1 3.8 1.8M9.3 16.4a4 4 0 0 1 5.4 0M4 3l16 18M11.4 19.5a0.6 0.6 0 1 0 1.2 0 0.6 0.6 0 1 0 -1.2 0z",
  list: "M8.5 6h12M8.5 12h12M8.5 18h12M3.8 6h.4M3.8 12h.4M3.8 18h.4",
  map: "M3.5 6.5l5.5-2.5 6 2.5 5.5-2.5v13.5L15 20l-6-2.5L3.5 20zM9 4v13.5M15 6.5V20",
  alert: "M12 3.5 2.5 20h19zM12 10v4.5M12 17.3v.2",
  info: "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 1 0 -17 0zM12 11v5M12 7.8v.2",
  stop: "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 7.5v5.5M12 16.3v.2",
  sun: "M8 12a4 4 0 1 0 8 0 4 4 0 1 0 -8 0zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z",
  best: "M12 3.5 14 10l6.5 2-6.5 2-2 6.5-2-6.5L3.5 12 10 10z",
  heart: "M12 20 4.7 12.6a4.7 4.7 0 0 1 6.7-6.6l.6.6.6-.6a4.7 4.7 0 0 1 6.7 6.6z",
  share: "M12 15V3.5m0 0L7.5 8M12 3.5 16.5 8M5 12v8h14v-8",
  gate: "M4 21V5l16-2v18M2.5 21h19M12 4v17M9 12v1.5M15 12v1.5",
  refresh: "M20 11A8 8 0 0 0 6 6.5L3.5 9M4 13a8 8 0 0 0 14 4.5L20.5 15M3.5 4.5V9H8M20.5 19.5V15H16",
  build: "M3.5 20.5h17M6 20.5V8.5l6-5 6 5v12M10 20.5v-5h4v5",
  mail: "M6 5h12a3 3 0 0 1 3 3v8a3 3 0 0 1 -3 3h-12a3 3 0 0 1 -3 -3v-8a3 3 0 0 1 3 -3zM4 7.5l8 6 8-6",
  pause: "M8 5v14M16 5v14",
  cog: "M9 12a3 3 0 1 0 6 0 3 3 0 1 0 -6 0zM12 2.8v3M12 18.2v3M2.8 12h3M18.2 12h3M5.5 5.5l2.1 2.1M16.4 16.4l2.1 2.1M18.5 5.5l-2.1 2.1M7.6 16.4l-2.1 2.1",
  undo: "M4 9h10a6 6 0 0 1 0 12h-3M8.5 4.5 4 9l4.5 4.5",
  chart: "M4 4v16h16M7.5 15l4-4.5 3 2.5 5-6.5",
  pencil: "M4 20l1-4.5L16 4.5l3.5 3.5-11 11L4 20z",
  copy: "M11 8.5h7a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1 -2.5 2.5h-7a2.5 2.5 0 0 1 -2.5 -2.5v-7a2.5 2.5 0 0 1 2.5 -2.5zM15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5",
  "g-full": (
    <>
      <circle cx="12" cy="12" r="10" fill="currentColor" stroke="none" />
    </>
  ),
  "g-half": (
    <>
      <circle cx="12" cy="12" r="9" strokeWidth="3" />
      <path d="M12 3a9 9 0 0 0 0 18z" fill="currentColor" stroke="none" />
    </>
  ),
  "g-none": (
    <>
      <circle cx="12" cy="12" r="9" strokeWidth="3" />
      <path d="m6 18 12-12" strokeWidth="3" />
    </>
  ),
  "g-clock": (
    <>
      <circle cx="12" cy="12" r="9.5" strokeWidth="3" />
      <path d="M12 6.5V12l3.5 2.5" strokeWidth="3" />
    </>
  ),
  "g-queue": (
    <>
      <circle cx="4" cy="12" r="3.5" fill="currentColor" stroke="none" />
      <circle cx="12" cy="12" r="3.5" fill="currentColor" stroke="none" />
      <circle cx="20" cy="12" r="2.3" strokeWidth="2.4" />
    </>
  ),
  "g-x": (
    <>
      <path d="m4 4 16 16M20 4 4 20" strokeWidth="4" />
    </>
  ),
  "g-move": (
    <>
      <path d="M3 12h17M13 5l7 7-7 7" strokeWidth="3.5" />
    </>
  ),
  logo: (
    <>
      <rect x="2" y="3" width="28" height="18" rx="9" strokeWidth="2.6" />
      <path d="M16 3v4.5M16 16.5V21" strokeWidth="2.6" />
      <circle cx="16" cy="12" r="4" className="logo-light" stroke="currentColor" strokeWidth="2.2" />
    </>
  ),
  monitor:
    "M5.5 4.5h13a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1 -2.5 2.5h-13a2.5 2.5 0 0 1 -2.5 -2.5v-7a2.5 2.5 0 0 1 2.5 -2.5zM9 20h6M12 16.5v3.5",
  globe:
    "M3.5 12a8.5 8.5 0 1 0 17 0 8.5 8.5 0 1 0 -17 0zM3.5 12h17M12 3.5c2.5 2.5 3.5 5.5 3.5 8.5s-1 6-3.5 8.5c-2.5-2.5-3.5-5.5-3.5-8.5s1-6 3.5-8.5z",
  out: "M14 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h7M10 12h10.5M16.5 8l4 4-4 4",
} satisfies Record<string, string | ReactElement>;
