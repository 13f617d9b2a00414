import type { KeyboardEvent } from "react";
import type { PlacedSection } from "@/shared/map/layout";
import { shortName } from "@/shared/map/short-name";
import { isFew } from "@/shared/ui/event-pill";
import type { Offer } from "./offers";

interface Props {
  section: PlacedSection;
  offer: Offer;
  hatch: string;
  label: string;
  priceWords: string;
  dimmed: boolean;
  pressed: boolean;
  tabIndex: 0 | -1;
  fontSize: number;
  onChoose: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: () => void;
  onBlur: () => void;
  onHover: (on: boolean) => void;
}

/** One section: price tint at full strength, hatch when sold out, half disc when few are left. */
export function BowlSection(props: Props) {
  const { section, offer, pressed, dimmed } = props;
  const sold = offer.free === 0;
  const few = section.depth >= 40 && offer.free !== undefined && isFew(offer.free, offer.capacity);
  const fill = sold
    ? `url(#${props.hatch})`
    : offer.rank === undefined
      ? "var(--map-sold)"
      : `var(--p${offer.rank})`;
  const edge = sold ? "var(--map-sold)" : fill;
  const ink = sold || offer.rank === undefined ? "var(--map-sold-on)" : `var(--p${offer.rank}-on)`;
  const text = shortName(offer.section.name);
  const size = Math.min(props.fontSize, (section.width * 0.92) / (text.length * 0.5));
  const priced = !sold && props.priceWords !== "" && section.depth >= 56 && props.fontSize < 20;
  const [x, y] = section.label;
  const lift = priced ? (few ? 2 : -9) : few ? -size * 0.45 : 0;
  return (
    <g
      className="sec-hit"
      data-id={section.id}
      role="button"
      aria-label={props.label}
      aria-pressed={pressed}
      tabIndex={props.tabIndex}
      opacity={dimmed ? 0.22 : 1}
      onClick={props.onChoose}
      onKeyDown={props.onKeyDown}
      onFocus={(event) => event.currentTarget.matches(":focus-visible") && props.onFocus()}
      onBlur={props.onBlur}
      onPointerEnter={(event) => event.pointerType === "mouse" && props.onHover(true)}
      onPointerLeave={() => props.onHover(false)}
    >
      <path d={section.outline} style={{ fill, stroke: edge }} strokeWidth="3" strokeLinejoin="round" />
      {!sold &&
        section.rows.map((row) => (
          <path
            key={row}
            d={row}
            fill="none"
            style={{ stroke: "var(--map-ground)" }}
            strokeOpacity=".28"
            strokeWidth="1.2"
          />
        ))}
      {size >= 9 && section.depth >= 24 && (
        <text className="sec-t" x={x} y={y + lift} fontSize={size.toFixed(1)} style={{ fill: ink }}>
          {text}
        </text>
      )}
      {/* Number and price are two words to whoever reads or says them. */}{" "}
      {priced && size >= 9 && (
        <text
          className="sec-p num"
          x={x}
          y={y + lift + 19}
          fontSize={Math.min(14, size * 0.9)}
          style={{ fill: ink }}
        >
          {props.priceWords}
        </text>
      )}
      {few && <HalfDisc x={x} y={priced ? y - 20 : y + size * 0.65} r={props.fontSize > 20 ? 11 : 8} />}
    </g>
  );
}

function HalfDisc({ x, y, r }: { x: number; y: number; r: number }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <circle r={r + 2} style={{ fill: "var(--surface)" }} />
      <circle r={r - 1.5} fill="none" style={{ stroke: "var(--warn)" }} strokeWidth="2.4" />
      <path d={`M0 ${1 - r}a${r - 1} ${r - 1} 0 0 0 0 ${2 * (r - 1)}z`} style={{ fill: "var(--warn)" }} />
    </g>
  );
}

/** Chosen is a yellow line inside a dark one, focus a line of its own; both lie above every section. */
export function Halo({ outline, chosen, focused }: { outline: string; chosen: boolean; focused: boolean }) {
  if (!chosen && !focused) return null;
  const line = chosen ? "var(--flood)" : "var(--focus)";
  return (
    <g fill="none" strokeLinejoin="round" pointerEvents="none" aria-hidden="true">
      <path
        d={outline}
        style={{ stroke: chosen ? "var(--on-flood)" : "var(--focus-halo)" }}
        strokeWidth="9"
      />
      <path
        d={outline}
        style={{ stroke: line }}
        strokeWidth="5"
        strokeDasharray={focused && chosen ? "14 5" : undefined}
      />
    </g>
  );
}
