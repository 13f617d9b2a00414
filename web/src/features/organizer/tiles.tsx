import { useTranslation } from "react-i18next";
import type { Summary } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";

interface Tile {
  name: string;
  value: string;
  meaning: string;
}

/** The six figures that are looked at first, each with a line of what it means. */
export function Tiles({ summary, capacity }: { summary: Summary; capacity: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { revenue, ticketsSold, ticketsHeld } = summary;
  const share = (part: number, of: number) => format.percent(of === 0 ? 0 : Math.round((part / of) * 10_000));
  const cash = (minor: number) => format.brief(minor, revenue.currency);
  const tiles: Tile[] = [
    {
      name: t("org.tile.sold"),
      value: format.number(ticketsSold),
      meaning: t("org.tile.soldOf", {
        share: share(ticketsSold, capacity),
        capacity: format.number(capacity),
      }),
    },
    {
      name: t("org.tile.revenue"),
      value: cash(revenue.gross),
      meaning: t("org.tile.fees", { fees: cash(revenue.fees) }),
    },
    {
      name: t("org.tile.net"),
      value: cash(revenue.net),
      meaning: t("org.tile.refunded", { refunded: cash(revenue.refunded) }),
    },
    {
      name: t("org.tile.held"),
      value: format.number(ticketsHeld),
      meaning: t("org.tile.heldMeans"),
    },
    {
      name: t("org.tile.visitors"),
      value: format.number(summary.visitors),
      meaning: t("org.tile.conversion", { share: format.percent(Math.round(summary.conversion * 10_000)) }),
    },
    {
      name: t("org.tile.inside"),
      value: format.number(summary.checkedIn),
      meaning: t("org.tile.insideOf", { share: share(summary.checkedIn, ticketsSold) }),
    },
  ];
  return (
    <dl className="org-tiles">
      {tiles.map(({ name, value, meaning }) => (
        <div className="card org-tile" key={name}>
          <dt>{name}</dt>
          <dd className="score">{value}</dd>
          <dd className="s12 muted num">{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
