import {
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type PointerEvent,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { Section } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Ground, Hatch } from "@/shared/map/ground";
import { layBowl } from "@/shared/map/layout";
import { Icon } from "@/shared/ui/icon";
import { BowlSection, Halo } from "./bowl-section";
import type { Offer } from "./offers";
import { usePan } from "./use-pan";

/** The stadium as a map. One tab stop; arrow keys go from section to section, Enter chooses. */
export const EventBowl = memo(function EventBowl({
  sections,
  offers,
  chosen,
  price,
  upright,
  choose,
}: {
  /** The venue's: their layout is worked out once, while offers change with every frame. */
  sections: readonly Section[];
  offers: readonly Offer[];
  chosen: string | null;
  price: number | null;
  upright: boolean;
  choose: (sectionId: string) => void;
}) {
  const { t } = useTranslation();
  const hatch = useId();
  const svg = useRef<SVGSVGElement>(null);
  const layout = useMemo(() => layBowl(sections, upright), [sections, upright]);
  const [focused, setFocused] = useState<string | null>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const pan = usePan(layout.viewBox);

  const byId = new Map(offers.map((offer) => [offer.section.id, offer]));
  const stop = focused ?? chosen ?? layout.sections[0]?.id ?? null;
  const move = (event: KeyboardEvent<SVGElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = sectionAt(event);
    const index = layout.sections.findIndex(({ id }) => id === at);
    if (at === null || index < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(at);
    } else if (step !== undefined) {
      event.preventDefault();
      const count = layout.sections.length;
      const next = layout.sections[(index + step + count) % count];
      if (next === undefined) return;
      setFocused(next.id);
      svg.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(next.id)}"]`)?.focus();
    }
  };
  // One listener for all sections: a section is drawn again only when it says something else.
  const listeners = {
    onClick: (event: MouseEvent<SVGElement>) => {
      const at = sectionAt(event);
      if (at !== null) choose(at);
    },
    onKeyDown: move,
    onFocus: (event: FocusEvent<SVGElement>) => {
      if (event.target.matches(":focus-visible")) setFocused(sectionAt(event));
    },
    onBlur: () => setFocused(null),
    onPointerOver: (event: PointerEvent<SVGElement>) => {
      if (event.pointerType === "mouse") setHovered(sectionAt(event));
    },
    onPointerLeave: () => setHovered(null),
  };
  const shown = hovered ?? focused;
  const popped = shown === null ? undefined : byId.get(shown);
  const poppedAt = layout.sections.find((section) => section.id === shown);

  return (
    <div className="map-frame">
      <svg
        ref={svg}
        viewBox={pan.viewBox}
        className={`absolute inset-0 h-full w-full ${upright ? "map-bleed" : ""}`}
        role="group"
        aria-label={t("map.label", { count: offers.length })}
        {...pan.handlers}
      >
        <Hatch id={hatch} />
        <Ground layout={layout} />
        <g {...listeners}>
          {layout.sections.map((section) => {
            const offer = byId.get(section.id);
            if (offer === undefined) return null;
            return (
              <BowlSection
                key={section.id}
                section={section}
                offer={offer}
                hatch={hatch}
                dimmed={price !== null && offer.from !== price}
                pressed={chosen === section.id}
                tabIndex={stop === section.id ? 0 : -1}
                fontSize={upright ? 25 : 17}
              />
            );
          })}
        </g>
        {layout.sections
          .filter(({ id }) => id === chosen || id === focused)
          .map(({ id, outline }) => (
            <Halo key={id} outline={outline} chosen={id === chosen} focused={id === focused} />
          ))}
        {layout.gates.map((gate) => (
          <g key={gate.name} transform={`translate(${gate.at[0]} ${gate.at[1]})`} aria-hidden="true">
            <rect
              x={-8 - gate.name.length * 4.5}
              y="-12"
              width={16 + gate.name.length * 9}
              height="24"
              rx="6"
              style={{ fill: "var(--inverse)" }}
            />
            <text y="1" fontSize="14" fontWeight="800" style={{ fill: "var(--on-inverse)" }}>
              {gate.name}
            </text>
          </g>
        ))}
      </svg>
      {!upright && popped !== undefined && poppedAt !== undefined && (
        <SectionPopover offer={popped} at={pan.place(svg.current, [poppedAt.label[0], poppedAt.top])} />
      )}
      <div className="map-tools">
        <button
          type="button"
          className="icon-btn"
          aria-label={t("map.in")}
          disabled={!pan.canZoomIn}
          onClick={() => pan.zoom(1, layout.sections.find((section) => section.id === chosen)?.label)}
        >
          <Icon name="plus" />
        </button>
        <hr />
        <button
          type="button"
          className="icon-btn"
          aria-label={t("map.out")}
          disabled={!pan.canZoomOut}
          onClick={() => pan.zoom(-1)}
        >
          <Icon name="minus" />
        </button>
      </div>
    </div>
  );
});

const sectionAt = ({ target }: { target: EventTarget }): string | null =>
  (target as Element).closest("[data-id]")?.getAttribute("data-id") ?? null;

function SectionPopover({ offer, at }: { offer: Offer; at: { left: number; top: number } | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (at === null) return null;
  const details = [
    t(`section.kind.${offer.section.kind}`),
    ...(offer.section.gate ? [t("section.gate", { gate: offer.section.gate })] : []),
  ];
  return (
    <div className="pop" style={at} aria-hidden="true">
      <div className="row between">
        <b className="text-[15px]">{offer.section.name}</b>
        {offer.from !== undefined && (
          <span className="b num">{format.price(offer.from, offer.currency ?? "EUR")}</span>
        )}
      </div>
      <p className="muted num">{details.join(" · ")}</p>
      <p className="row num b mt-2" style={{ color: offer.free === 0 ? "var(--ink-2)" : "var(--ok)" }}>
        <Icon name={offer.free === 0 ? "g-none" : "g-full"} className="i-s" />
        {offer.free === 0
          ? t("status.SOLD_OUT")
          : t("section.free", { count: offer.free ?? 0, n: format.number(offer.free ?? 0) })}
      </p>
    </div>
  );
}
