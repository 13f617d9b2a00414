import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, OrderResponse, Venue } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { printedIn } from "@/shared/map/printed";
import { seatWords } from "@/shared/map/seat-words";
import { shortName } from "@/shared/map/short-name";
import { Icon } from "@/shared/ui/icon";
import { Scarf } from "@/shared/ui/scarf";
import { groupPlaces, groupTickets, type PlaceGroup } from "./stage";

interface Props {
  order: OrderResponse;
  event: ArenaEvent | undefined;
  venue: Venue | undefined;
}

const sectionOf = (venue: Venue | undefined, id: string) =>
  venue?.sections.find((section) => section.id === id);

/** The whole order on a desktop: the places stay in sight until they are tickets. */
export function SummaryCard({ order, event, venue }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <aside className="card sum only-d" aria-label={t("summary.label")}>
      {event && <Scarf name={event.name} worn={event.scarf} />}
      <div className="pad">
        <div>
          <h2 className="h3">{event?.name ?? "\u00a0"}</h2>
          <p className="s13 muted num">
            {event &&
              [format.when(event.startTime, venue?.location.timezone), venue?.name]
                .filter(Boolean)
                .join(" · ")}
          </p>
        </div>
        <Lines order={order} event={event} venue={venue} />
        <hr />
        <Sums order={order} />
      </div>
    </aside>
  );
}

/** Folded on a phone: the places stay in sight, all of them, whatever each costs. */
export function SummaryFold({ order, event, venue }: Props) {
  const format = useFormat();
  const { t } = useTranslation();
  const places = groupPlaces(order.tickets).map((group) => placeWords(group, venue, t));
  return (
    <details className="card mini-sum only-m">
      <summary>
        {event && <Scarf name={event.name} worn={event.scarf} letters={false} />}
        <span className="grow">
          <b className="num block wrap-anywhere">{places.join("; ")}</b>
          <span className="s13 muted num block wrap-anywhere">{event?.name}</span>
        </span>
        <b className="score text-[24px]">{format.money(order.total, order.currency)}</b>
        <Icon name="down" className="i-s" />
      </summary>
      <div className="pad stack border-t border-line">
        <Lines order={order} event={event} venue={venue} />
        <hr />
        <Sums order={order} />
      </div>
    </details>
  );
}

/** "13–14", as it stands on the seats. */
export function seatsOf({ sectionId, row, seats }: PlaceGroup, venue: Venue | undefined): string {
  const section = sectionOf(venue, sectionId);
  return seatWords(seats.flatMap((seat) => printedIn(section, row, seat) ?? []));
}

/** "110, row F, 13–14", or how many where one stands. */
export function placeWords(group: PlaceGroup, venue: Venue | undefined, t: TFunction): string {
  const name = shortName(sectionOf(venue, group.sectionId)?.name ?? "");
  if (group.row === null) return t("summary.places", { count: group.count, section: name });
  return t("summary.row", { section: name, row: group.row, seats: seatsOf(group, venue) });
}

function Lines({ order, event, venue }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className="stack">
      {groupTickets(order.tickets).map((group) => {
        const section = sectionOf(venue, group.sectionId);
        const tier = event?.pricingTiers.find(
          (each) => each.priceLevel === group.priceLevel && each.sectionIds.includes(group.sectionId),
        );
        const mark = group.row === null ? `${group.count} ×` : `${group.row} ${seatsOf(group, venue)}`;
        const gate = section?.gate ? t("section.gate", { gate: section.gate }) : "";
        return (
          <li className="line" key={`${group.sectionId} ${group.priceLevel} ${group.row} ${group.each}`}>
            <span className="seatmark score">{mark}</span>
            <span className="min-w-0">
              <b className="block wrap-anywhere">{section?.name ?? "\u00a0"}</b>
              <span className="s13 muted block wrap-anywhere">
                {[tier?.name ?? group.priceLevel, gate].filter(Boolean).join(" · ")}
              </span>
            </span>
            <span className="num">{format.money(group.total, order.currency)}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function Sums({ order }: { order: OrderResponse }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows: [string, number][] = [
    [t("summary.tickets", { count: order.tickets.length }), order.subtotal],
    [t("summary.fee"), order.fees],
  ];
  if (order.discount > 0) rows.push([t("summary.discount"), -order.discount]);
  const tax = format.money(order.tax, order.currency);
  return (
    <>
      <dl className="stack gap-1.5">
        {rows.map(([name, value]) => (
          <div className="kv" key={name}>
            <dt>{name}</dt>
            <dd>{format.money(value, order.currency)}</dd>
          </div>
        ))}
      </dl>
      <div className="kv items-end">
        <span>
          <b>{t("summary.total")}</b>
          <br />
          <span className="s12 dim">
            {order.tax > 0
              ? t(order.taxRate ? "summary.taxRate" : "summary.tax", {
                  tax,
                  rate: format.percent(order.taxRate ?? 0),
                })
              : t("summary.nothingAdded")}
          </span>
        </span>
        <b className="score tot">{format.money(order.total, order.currency)}</b>
      </div>
    </>
  );
}
