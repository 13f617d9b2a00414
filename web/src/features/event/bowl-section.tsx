import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import type { PlacedSection } from "@/shared/map/layout";
import { shortName } from "@/shared/map/short-name";
import { isFew } from "@/shared/ui/event-pill";
import type { Offer } from "./offers";

interface Props {
  section: PlacedSection;
  offer: Offer;
  hatch: string;
  dimmed: boolean;
  pressed: boolean;
  tabIndex: 0 | -1;
  fontSize: number;
}

/** One section: price tint at full strength, hatch when sold out, half disc when few are left. The map listens. */
export const BowlSection = memo(function BowlSection(props: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { section, offer, pressed, dimmed } = props;
  const sold = offer.free === 0;
  const price = offer.from === undefined ? "" : format.price(offer.from, offer.currency ?? "EUR");
  const words = [
    offer.section.name,
    price,
    sold
      ? t("status.SOLD_OUT")
      : offer.free !== undefined && t("section.free", { count: offer.free, n: format.number(offer.free) }),
    offer.section.gate && t("section.gate", { gate: offer.section.gate }),
  ];
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
  const priced = !sold && price !== "" && section.depth >= 56 && props.fontSize < 20;
  const [x, y] = section.label;
  const lift = priced ? (few ? 2 : -9) : few ? -size * 0.45 : 0;
  return (
    <g
      className="sec-hit"
      data-id={section.id}
      role="button"
      aria-label={words.filter(Boolean).join(", ")}
      aria-pressed={pressed}
      tabIndex={props.tabIndex}
      opacity={dimmed ? 0.22 : 1}
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
          {price}
        </text>
      )}
      {few && <HalfDisc x={x} y={priced ? y - 20 : y + size * 0.65} r={props.fontSize > 20 ? 11 : 8} />}
    </g>
  );
});

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
