import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LiveMark } from "@/shared/ui/live-mark";
import { Scarf } from "@/shared/ui/scarf";
import { About } from "./about";
import { EventMap } from "./event-map";
import type { EventModel } from "./event-model";
import { EventTools } from "./event-tools";
import { ListView } from "./list-view";
import { LevelStepper } from "./party";
import { Picker, PriceChips } from "./picker";
import { SalesNote } from "./sales-note";
import { Sheet } from "./sheet";
import { Tray } from "./tray";
import { ViewSwitch } from "./view-switch";

/** The map between a narrow scarf and a sheet; the bowl stands upright and fills the height. */
export function PhoneStage({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { event, venue, live } = model;
  // Of what does not take place nothing is left to have.
  const isOff = event.status === "CANCELLED";
  const where = [format.when(event.startTime, venue?.location.timezone), venue?.name]
    .filter(Boolean)
    .join(" · ");
  return (
    <>
      <header className="ev-top">
        <Link className="icon-btn" to="/" aria-label={t("action.back")}>
          <Icon name="left" className="i-l" />
        </Link>
        <div className="t grow">
          <h1 className="b clamp text-[15px]" title={event.name}>
            {event.name}
          </h1>
          <p className="s13 muted num">{where}</p>
        </div>
        <EventTools event={event} timezone={venue?.location.timezone} />
      </header>
      <Scarf name={event.name} worn={event.scarf} />
      <main className="stage" id="main">
        <h2 className="sr">{t("event.seats")}</h2>
        <div className="bar">
          <LiveMark
            live={live}
            lead={isOff ? undefined : t("event.left", { n: format.number(model.free) })}
          />
          <ViewSwitch view={model.view} change={model.setView} compact />
        </div>
        {model.view === "map" ? (
          <div className="map">
            {model.prices.length > 1 && (
              <PriceChips
                className="chips chips-scroll map-chips"
                points={model.prices}
                price={model.price}
                choose={model.setPrice}
              />
            )}
            <EventMap model={model} insets="8 10 28 10" />
          </div>
        ) : (
          <ListView model={model} />
        )}
        {model.sales.open ? (
          <Sheet
            label={t("event.side")}
            isAsked={
              model.offer !== undefined ||
              model.picks.length > 0 ||
              model.find.isOpen ||
              model.question !== undefined
            }
            foot={
              <Tray
                model={model}
                beside={
                  model.levels.length < 2 && model.wish.picks.length === 0 ? (
                    <LevelStepper
                      model={model}
                      level={model.levels[0]?.level ?? ""}
                      name={t("party.label")}
                      least={1}
                    />
                  ) : undefined
                }
              />
            }
          >
            <Picker model={model} isCompact={model.view === "map"} />
            <About model={model} />
          </Sheet>
        ) : (
          <section className="sheet sheet-told" aria-label={t("event.side")}>
            <SalesNote
              event={event}
              sales={model.sales}
              held={model.heldCount}
              timezone={model.venue?.location.timezone}
            />
            <About model={model} />
          </section>
        )}
      </main>
    </>
  );
}
