import { useMemo } from "react";
import type { Section } from "../api/contract";
import { Ground } from "./ground";
import { layBowl } from "./layout";
import type { PriceRank } from "./prices";

/** The bowl as a picture: fills only, no text. For cards and quiet corners. */
export function BowlArt({
  sections,
  ranks,
  chosen,
}: {
  sections: readonly Section[];
  ranks: ReadonlyMap<string, PriceRank>;
  chosen?: string;
}) {
  const layout = useMemo(() => layBowl(sections, false), [sections]);
  return (
    <svg className="bowl" viewBox={layout.viewBox.join(" ")} aria-hidden="true">
      <Ground layout={layout} />
      {layout.sections.map((section) => {
        const rank = ranks.get(section.id);
        const paint =
          chosen === section.id ? "var(--flood)" : rank === undefined ? "var(--map-sold)" : `var(--p${rank})`;
        return (
          <path
            key={section.id}
            d={section.outline}
            style={{ fill: paint, stroke: paint }}
            strokeWidth="3"
            strokeLinejoin="round"
          />
        );
      })}
    </svg>
  );
}
