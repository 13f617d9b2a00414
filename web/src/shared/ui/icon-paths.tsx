import type { ReactElement } from "react";

// A table of drawings, not a component. 24 px grid, 1.75 stroke. `g-…` are the availability glyphs: shape says it before colour does.
export const PATHS = {
  search: (
    <>
      <circle cx="11" cy="11" r="6.5" />
      <path d="m16 16 4.5 4.5" />
    </>
  ),
  pin: (
    <>
      <path d="M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21z" />
      <circle cx="12" cy="9.5" r="2.5" />
    </>
  ),
  cal: (
    <>
      <rect x="3.5" y="5" width="17" height="15.5" rx="3" />
      <path d="M3.5 10h17M8 2.8v4M16 2.8v4" />
    </>
  ),
  right: (
    <>
      <path d="m9.5 5.5 6.5 6.5-6.5 6.5" />
    </>
  ),
  left: (
    <>
      <path d="M14.5 5.5 8 12l6.5 6.5" />
    </>
  ),
  download: (
    <>
      <path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5" />
      <path d="M5 19.5h14" />
    </>
  ),
  down: (
    <>
      <path d="m5.5 9.5 6.5 6.5 6.5-6.5" />
    </>
  ),
  up: (
    <>
      <path d="m5.5 14.5 6.5-6.5 6.5 6.5" />
    </>
  ),
  arrow: (
    <>
      <path d="M4 12h16M13.5 5.5 20 12l-6.5 6.5" />
    </>
  ),
  x: (
    <>
      <path d="m6 6 12 12M18 6 6 18" />
    </>
  ),
  check: (
    <>
      <path d="m4.5 12.5 5 5 10-11" />
    </>
  ),
  plus: (
    <>
      <path d="M12 5v14M5 12h14" />
    </>
  ),
  minus: (
    <>
      <path d="M5 12h14" />
    </>
  ),
  ticket: (
    <>
      <path d="M3.5 8.5v-1a2 2 0 0 1 2-2h13a2 2 0 0 1 2 2v1a3.5 3.5 0 0 0 0 7v1a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-1a3.5 3.5 0 0 0 0-7z" />
      <path d="M14 9v1M14 13.5v1" />
    </>
  ),
  user: (
    <>
      <circle cx="12" cy="8" r="4" />
      <path d="M4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6" />
    </>
  ),
  users: (
    <>
      <circle cx="9" cy="8.5" r="3.5" />
      <path d="M2.5 20c.6-3.8 3.2-5.8 6.5-5.8s5.900 2 6.5 5.8M16 5.3a3.5 3.5 0 0 1 0 6.4M18.5 14.8c1.8.9 2.8 2.700 3.2 5.2" />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5.2l3.3 2" />
    </>
  ),
  lock: (
    <>
      <rect x="5" y="10.5" width="14" height="10" rx="2.5" />
      <path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" />
    </>
  ),
  card: (
    <>
      <rect x="2.8" y="5" width="18.4" height="14" rx="3" />
      <path d="M2.8 10h18.4M6.5 15h4" />
    </>
  ),
  shield: (
    <>
      <path d="M12 3 4.5 6v5.5c0 4.700 3.2 7.8 7.5 9.5 4.3-1.700 7.5-4.8 7.5-9.5V6z" />
      <path d="m8.8 12 2.3 2.3 4.2-4.6" />
    </>
  ),
  nowifi: (
    <>
      <path d="M3 9.5A13 13 0 0 1 7 6.900M11 6a13 13 0 0 1 10 3.5M6.2 13a8.5 8.5 0 0 1 3-1.900M14 11.2a8.5 8.5 0 0 1 3.8 1.8M9.3 16.4a4 4 0 0 1 5.4 0M4 3l16 18" />
      <circle cx="12" cy="19.5" r=".6" />
    </>
  ),
  list: (
    <>
      <path d="M8.5 6h12M8.5 12h12M8.5 18h12M3.8 6h.4M3.8 12h.4M3.8 18h.4" />
    </>
  ),
  map: (
    <>
      <path d="m3.5 6.5 5.5-2.5 6 2.5 5.5-2.5v13.5L15 20l-6-2.5L3.5 20zM9 4v13.5M15 6.5V20" />
    </>
  ),
  alert: (
    <>
      <path d="M12 3.5 2.5 20h19z" />
      <path d="M12 10v4.5M12 17.3v.2" />
    </>
  ),
  info: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 11v5M12 7.8v.2" />
    </>
  ),
  stop: (
    <>
      <path d="M8.3 3h7.4L21 8.3v7.4L15.700 21H8.3L3 15.700V8.3z" />
      <path d="M12 7.5v5.5M12 16.3v.2" />
    </>
  ),
  sun: (
    <>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.700 5.3l-1.4 1.4M6.700 17.3l-1.4 1.4" />
    </>
  ),
  moon: (
    <>
      <path d="M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z" />
    </>
  ),
  best: (
    <>
      <path d="M12 3.5 14 10l6.5 2-6.5 2-2 6.5-2-6.5L3.5 12 10 10z" />
    </>
  ),
  gate: (
    <>
      <path d="M4 21V5l16-2v18M2.5 21h19M12 4v17M9 12v1.5M15 12v1.5" />
    </>
  ),
  refresh: (
    <>
      <path d="M20 11A8 8 0 0 0 6 6.5L3.5 9M4 13a8 8 0 0 0 14 4.5L20.5 15M3.5 4.5V9H8M20.5 19.5V15H16" />
    </>
  ),
  build: (
    <>
      <path d="M3.5 20.5h17M6 20.5V8.5l6-5 6 5v12M10 20.5v-5h4v5" />
    </>
  ),
  mail: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="3" />
      <path d="m4 7.5 8 6 8-6" />
    </>
  ),
  pause: (
    <>
      <path d="M8 5v14M16 5v14" />
    </>
  ),
  cog: (
    <>
      <circle cx="12" cy="12" r="3" />
      <path d="M12 2.8v3M12 18.2v3M2.8 12h3M18.2 12h3M5.5 5.5l2.100 2.100M16.4 16.4l2.100 2.100M18.5 5.5l-2.100 2.100M7.6 16.4l-2.100 2.100" />
    </>
  ),
  undo: (
    <>
      <path d="M4 9h10a6 6 0 0 1 0 12h-3M8.5 4.5 4 9l4.5 4.5" />
    </>
  ),
  chart: (
    <>
      <path d="M4 4v16h16M7.5 15l4-4.5 3 2.5 5-6.5" />
    </>
  ),
  pencil: (
    <>
      <path d="m4 20 1-4.5L16 4.5l3.5 3.5-11 11L4 20z" />
    </>
  ),
  copy: (
    <>
      <rect x="8.5" y="8.5" width="12" height="12" rx="2.5" />
      <path d="M15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5" />
    </>
  ),
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
  monitor: (
    <>
      <rect x="3" y="4.5" width="18" height="12" rx="2.5" />
      <path d="M9 20h6M12 16.500v3.500" />
    </>
  ),
  globe: (
    <>
      <circle cx="12" cy="12" r="8.500" />
      <path d="M3.500 12h17M12 3.500c2.500 2.500 3.500 5.500 3.500 8.500s-1 6-3.500 8.500c-2.500-2.500-3.500-5.500-3.500-8.500s1-6 3.500-8.500z" />
    </>
  ),
  out: (
    <>
      <path d="M14 4.500H7A2.500 2.500 0 0 0 4.500 7v10A2.500 2.500 0 0 0 7 19.500h7M10 12h10.500M16.500 8l4 4-4 4" />
    </>
  ),
} satisfies Record<string, ReactElement>;
