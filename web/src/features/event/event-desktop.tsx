import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { EventPill } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { LiveMark } from "@/shared/ui/live-mark";
import { Scarf } from "@/shared/ui/scarf";
import { Tide } from "@/shared/ui/tide";
import { EventBowl } from "./event-bowl";
import type { EventModel } from "./event-model";
import { HoldBar } from "./hold-bar";
import { HoldRefusal } from "./hold-refusal";
import { ChosenSection, GoodNow, PartySize, PriceChips } from "./picker";
import { PromoCode } from "./promo-code";
import { SalesNote } from "./sales-note";
import { SectionList } from "./section-list";
import { ViewSwitch } from "./view-switch";

export function DesktopStage({ model }: { model: EventModel }) {
  return (
    <>
      {model.view === "map" ? (
        <div className="map">
          <EventBowl
            sections={model.sections}
            offers={model.offers}
            chosen={model.choice.sectionId}
            price={model.price}
            upright={false}
            choose={model.choose}
          />
          <Legend />
        </div>
      ) : (
        <SectionList
          offers={model.offers}
          chosen={model.choice.sectionId}
          price={model.price}
          choose={model.choose}
        />
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

function Legend() {
  const { t } = useTranslation();
  return (
    <div className="under legend">
      <span>
        <span className="sw" style={{ background: "var(--p4)" }} />
        {t("legend.price")}
      </span>
      <span className="text-ink-2">
        <span className="text-warn">
          <Icon name="g-half" />
        </span>
        {t("legend.few")}
      </span>
      <span>
        <span className="sw sw-sold" />
        {t("status.SOLD_OUT")}
      </span>
      <span>
        <span className="sw" style={{ background: "var(--inverse)" }} />
        {t("legend.gate")}
      </span>
    </div>
  );
}

export function DesktopSide({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  return (
    <aside className="side" aria-label={t("event.side")}>
      <Scarf name={model.event.name} />
      <div className="side-in">
        <EventFacts model={model} />
        <LiveCount model={model} />
        <hr />
        <SalesNote event={model.event} sales={model.sales} held={model.held} />
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
      <h1 className="shout text-[26px]">{event.name}</h1>
      <ul className="facts mt-3">
        <li>
          <Icon name="cal" />
          <span className="num">{format.when(event.startTime, venue?.location.timezone)}</span>
        </li>
        {venue !== undefined && (
          <li>
            <Icon name="pin" />
            <span>
              {venue.name}, {venue.location.city}
            </span>
          </li>
        )}
      </ul>
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
      <Tide sold={model.sold} held={model.held} capacity={model.capacity} />
    </div>
  );
}

export function Picker({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  return (
    <>
      <PartySize value={model.choice.quantity} max={model.max} change={model.setQuantity} />
      <div className="grid gap-2.5">
        <div className="row between min-h-9">
          <h2 className="h3">{t("price.title")}</h2>
          {model.price !== null && (
            <button type="button" className="btn btn-quiet btn-sm -mr-3" onClick={() => model.setPrice(null)}>
              {t("action.clear")}
            </button>
          )}
        </div>
        <PriceChips points={model.prices} price={model.price} choose={model.setPrice} />
        <PromoCode code={model.choice.promoCode} change={model.setPromoCode} />
      </div>
      {model.offer === undefined ? (
        <GoodNow offers={model.good} quantity={model.choice.quantity} choose={model.choose} />
      ) : (
        <ChosenSection
          offer={model.offer}
          priceLevel={model.choice.priceLevel}
          choose={model.setLevel}
          clear={model.clear}
          accessible={model.choice.accessible}
          setAccessible={model.setAccessible}
        />
      )}
    </>
  );
}

export function Tray({ model, beside, below }: { model: EventModel; beside?: ReactNode; below?: ReactNode }) {
  return (
    <>
      <HoldRefusal
        error={model.hold.refusal}
        offer={model.offer}
        quantity={model.choice.quantity}
        accessible={model.choice.accessible}
        take={model.setQuantity}
        dropCode={() => model.setPromoCode(null)}
      />
      <HoldBar
        offer={model.offer}
        choice={model.choice}
        beside={beside}
        below={below}
        suggestion={model.good[0]}
        isHolding={model.hold.isHolding}
        holdSeconds={model.event.capacityConfig.holdSeconds}
        hold={model.hold.hold}
        choose={model.choose}
      />
    </>
  );
}
