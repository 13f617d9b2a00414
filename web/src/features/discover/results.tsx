import { useTranslation } from "react-i18next";
import type { EventCard as Card } from "@/shared/api/contract";
import { salesOf } from "@/shared/api/sales";
import { useFormat } from "@/shared/i18n/format";
import { Apart } from "@/shared/ui/apart";
import { type DayGroup, groupByDay } from "./days";
import { BrokenCard, CardSkeleton, EventCard } from "./event-card";

/** Events in date groups; the first one with places that can be bought now is wide and shows its bowl. */
export function Results({ events, now }: { events: readonly Card[]; now: number }) {
  const groups = groupByDay(events, now);
  const wideId = groups.flatMap((group) => group.events).find((event) => canBeBought(event, now))?.id;
  return (
    <div className="days">
      {groups.map((group) => (
        <section key={group.day} aria-label={group.day} className={widthOf(group, wideId)}>
          <DayTitle group={group} />
          <div className="cards">
            {[...group.events]
              .sort((a, b) => Number(b.id === wideId) - Number(a.id === wideId))
              .map((event) => (
                <Apart key={event.id} instead={<BrokenCard />}>
                  <EventCard
                    event={event}
                    wide={event.id === wideId}
                    isTooLate={salesOf(event, undefined, now).reason === "tooLate"}
                  />
                </Apart>
              ))}
          </div>
        </section>
      ))}
    </div>
  );
}

/** Days of one or two events share a row, where there is room for it. */
function widthOf({ events }: DayGroup, wideId: string | undefined): string {
  const isWhole = events.length > 2 || events.some(({ id }) => id === wideId);
  return isWhole ? "" : `few-${events.length}`;
}

function canBeBought(event: Card, now: number): boolean {
  const free = event.availability.currentCapacity;
  return free > 0 && salesOf(event, free, now).open;
}

function DayTitle({ group }: { group: DayGroup }) {
  const { t } = useTranslation();
  const format = useFormat();
  const first = group.events[0];
  if (first === undefined) return null;
  const zone = first.venue.timezone;
  const big = {
    today: t("day.today"),
    tomorrow: t("day.tomorrow"),
    weekday: format.weekday(first.startTime, zone),
    date: format.day(first.startTime, zone),
  }[group.name];
  const small = {
    today: format.longDay(first.startTime, zone),
    tomorrow: format.longDay(first.startTime, zone),
    weekday: format.day(first.startTime, zone),
    date: format.weekday(first.startTime, zone),
  }[group.name];
  return (
    <div className="day">
      <h2 className="shout">{big}</h2>
      <span className="muted num">{small}</span>
    </div>
  );
}

export function ResultsSkeleton() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true">
      <p className="sr" role="status">
        {t("discover.loading")}
      </p>
      <div className="day">
        <div className="sk h-6 w-32" />
      </div>
      <div className="cards">
        {[1, 2, 3, 4, 5, 6].map((n) => (
          <CardSkeleton key={n} />
        ))}
      </div>
    </div>
  );
}
