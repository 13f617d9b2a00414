import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/shared/i18n/format";
import { EventPill } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { LiveMark } from "@/shared/ui/live-mark";
import { Scarf } from "@/shared/ui/scarf";
import { Tide } from "@/shared/ui/tide";
import { EventPicture } from "./about";
import { EventMap } from "./event-map";
import type { EventModel } from "./event-model";
import { EventTools } from "./event-tools";
import { ListView } from "./list-view";
import { OtherDates } from "./other-dates";
import { Picker } from "./picker";
import { SalesNote } from "./sales-note";
import { Tray } from "./tray";
import { ViewSwitch } from "./view-switch";

export function DesktopStage({ model }: { model: EventModel }) {
  return (
    <>
      {model.view === "map" ? (
        <div className="map">
          <EventMap model={model} insets="76 32 76 32" />
        </div>
      ) : (
        <ListView model={model} />
      )}
      <div className="over-map">
        <div className="float">
          <LiveMark live={model.live} />
        </div>
        <ViewSwitch view={model.view} change={model.setView} />
      </div>
    </>
  );
}

export function DesktopSide({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  return (
    <aside className="side" aria-label={t("event.side")}>
      <Scarf name={model.event.name} worn={model.event.scarf} />
      <div className="side-in">
        <EventFacts model={model} />
        <LiveCount model={model} />
        <hr />
        <SalesNote
          event={model.event}
          sales={model.sales}
          held={model.heldCount}
          timezone={model.venue?.location.timezone}
        />
        {model.sales.open && <Picker model={model} />}
      </div>
      {model.sales.open && (
        <div className="tray">
          <Tray model={model} />
        </div>
      )}
    </aside>
  );
}

function EventFacts({ model }: { model: EventModel }) {
  const format = useFormat();
  const { event, venue } = model;
  return (
    <div>
      <EventPicture model={model} sizes="400px" />
      <div className="flex items-start">
        <h1 className="shout grow text-[26px]">{event.name}</h1>
        <EventTools event={event} timezone={venue?.location.timezone} />
      </div>
      <ul className="facts mt-3">
        <li>
          <Icon name="cal" />
          <span className="num">{format.when(event.startTime, venue?.location.timezone)}</span>
        </li>
        {venue !== undefined && (
          <li className="items-center">
            <Icon name="pin" />
            <Link className="link inline-flex min-h-11 items-center wrap-anywhere" to={`/venues/${venue.id}`}>
              {venue.name}, {venue.location.city}
            </Link>
          </li>
        )}
      </ul>
      {event.description !== "" && <p className="s13 muted mt-2">{event.description}</p>}
      <OtherDates event={event} timezone={venue?.location.timezone} />
    </div>
  );
}

function LiveCount({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="grid gap-2">
      <div className="row between flex-wrap">
        <span className="num">
          <b className="score text-[28px]">{format.number(model.free)}</b>{" "}
          <span className="muted">{t("event.leftOf", { n: format.number(model.capacity) })}</span>
        </span>
        <EventPill event={model.event} free={model.free} />
      </div>
      <Tide sold={model.sold} held={model.heldCount} capacity={model.capacity} />
    </div>
  );
}
