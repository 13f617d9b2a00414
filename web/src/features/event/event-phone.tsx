import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { LiveMark } from "@/shared/ui/live-mark";
import { Scarf } from "@/shared/ui/scarf";
import { Stepper } from "@/shared/ui/stepper";
import { EventBowl } from "./event-bowl";
import { Tray } from "./event-desktop";
import type { EventModel } from "./event-model";
import { ChosenSection, PriceChips } from "./picker";
import { PromoCode } from "./promo-code";
import { SalesNote } from "./sales-note";
import { SectionList } from "./section-list";
import { ViewSwitch } from "./view-switch";

/** The map between a narrow scarf and a sheet; the bowl stands upright and fills the height. */
export function PhoneStage({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { event, venue, live } = model;
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
          <h1 className="b trunc text-[15px]">{event.name}</h1>
          <p className="s13 muted num trunc">{where}</p>
        </div>
      </header>
      <Scarf name={event.name} />
      <main className="stage" id="main">
        <h2 className="sr">{t("event.seats")}</h2>
        <div className="bar">
          <LiveMark live={live} lead={t("event.left", { n: format.number(model.free) })} />
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
            <EventBowl
              sections={model.sections}
              offers={model.offers}
              chosen={model.choice.sectionId}
              price={model.price}
              upright
              choose={model.choose}
            />
          </div>
        ) : (
          <SectionList
            offers={model.offers}
            chosen={model.choice.sectionId}
            price={model.price}
            choose={model.choose}
          />
        )}
        <section className="sheet" aria-label={t("event.side")}>
          <Sheet model={model} />
        </section>
      </main>
    </>
  );
}

function Sheet({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  if (!model.sales.open) return <SalesNote event={model.event} sales={model.sales} held={model.held} />;
  return (
    <div className="stack">
      {model.offer !== undefined && (
        <ChosenSection
          offer={model.offer}
          priceLevel={model.choice.priceLevel}
          choose={model.setLevel}
          clear={model.clear}
          accessible={model.choice.accessible}
          setAccessible={model.setAccessible}
          compact
        />
      )}
      <Tray
        model={model}
        beside={
          <Stepper
            value={model.choice.quantity}
            max={model.max}
            label={t("party.label")}
            change={model.setQuantity}
          />
        }
        below={<PromoCode code={model.choice.promoCode} change={model.setPromoCode} />}
      />
    </div>
  );
}
