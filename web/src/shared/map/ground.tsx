import { useId } from "react";
import type { BowlLayout } from "./layout";

/** What lies under the sections: the stand, the field, the pitch and its floodlight. */
export function Ground({ layout }: { layout: BowlLayout }) {
  const glow = useId();
  const { pitch } = layout;
  return (
    <>
      {layout.stand && <path d={layout.stand} style={{ fill: "var(--map-stand)" }} opacity=".55" />}
      {layout.field && <path d={layout.field} style={{ fill: "var(--pitch-b)" }} />}
      {pitch && (
        <>
          <g
            transform={`translate(${pitch.center[0]} ${pitch.center[1]}) ${layout.upright ? "rotate(90)" : ""} scale(${pitch.halfWidth / 168} ${pitch.halfHeight / 106})`}
          >
            <PitchLines />
          </g>
          <defs>
            <radialGradient id={glow}>
              <stop offset="0" style={{ stopColor: "var(--glow)" }} stopOpacity=".2" />
              <stop offset="1" style={{ stopColor: "var(--glow)" }} stopOpacity="0" />
            </radialGradient>
          </defs>
          <ellipse
            cx={pitch.center[0]}
            cy={pitch.center[1]}
            rx={layout.upright ? pitch.halfHeight * 1.6 : pitch.halfWidth * 1.5}
            ry={layout.upright ? pitch.halfWidth * 1.5 : pitch.halfHeight * 1.6}
            fill={`url(#${glow})`}
          />
        </>
      )}
    </>
  );
}

// Drawn about the origin in the mock-up's units: 336 × 212.
function PitchLines() {
  return (
    <>
      <rect x="-178" y="-116" width="356" height="232" rx="8" style={{ fill: "var(--pitch-b)" }} />
      {[0, 2, 4, 6, 8, 10].map((stripe) => (
        <rect
          key={stripe}
          x={-168 + stripe * 28}
          y="-116"
          width="28"
          height="232"
          style={{ fill: "var(--pitch-a)" }}
        />
      ))}
      <g fill="none" style={{ stroke: "var(--pitch-line)" }} strokeWidth="2" strokeOpacity=".85">
        <rect x="-168" y="-106" width="336" height="212" rx="1" />
        <path d="M0-106v212" />
        <circle r="30" />
        <path d="M-168-62h52v124h-52M-168-28h18v56h-18M168-62h-52v124h52M168-28h-18v56h18" />
        <path d="M-116-22a30 30 0 0 1 0 44M116-22a30 30 0 0 0 0 44" />
      </g>
      <circle r="3.5" style={{ fill: "var(--pitch-line)" }} />
    </>
  );
}

/** The sold-out hatch. Its id is asked for by `hatchId`, so two maps on one page do not share a pattern. */
export function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="7" height="7" style={{ fill: "var(--map-sold)" }} />
        <path d="M0 0v7" style={{ stroke: "var(--map-sold-on)" }} strokeOpacity=".42" strokeWidth="2" />
      </pattern>
    </defs>
  );
}
