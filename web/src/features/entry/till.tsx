import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { availabilityKey } from "@/shared/api/catalog";
import { request } from "@/shared/api/client";
import type {
  ArenaEvent,
  CapacityUpdate,
  OrderResponse,
  PlaceOrder,
  PricingTier,
  Section,
} from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { tiersOf, totalOf } from "@/shared/map/prices";
import { Icon } from "@/shared/ui/icon";
import { Busy, Note } from "@/shared/ui/states";
import { sell } from "./api";

const PER_LINE_MAX = 20;
const attempts = new AttemptKeys();

interface Choice {
  section: Section;
  tier: PricingTier;
  quantity: number;
}

/** Sells at the desk: who stands there has paid, in cash or at the desk's own terminal. */
export function Till({
  event,
  sections,
  onSold,
}: {
  event: ArenaEvent;
  sections: readonly Section[];
  onSold: (order: OrderResponse) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const counts = useQuery({
    queryKey: [...availabilityKey(event.id), "till"],
    queryFn: ({ signal }) => request<CapacityUpdate>(`/events/${event.id}/availability`, { signal }),
    refetchInterval: 3_000,
  }).data;
  const free = useMemo(
    () => new Map(counts?.sections.map((each) => [each.sectionId, each.available])),
    [counts],
  );
  const [chosen, setChosen] = useState<ReadonlyMap<string, Choice>>(new Map());
  const lines = [...chosen.values()];
  const total = lines.reduce((sum, { tier, quantity }) => sum + quantity * totalOf(tier), 0);
  const many = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const currency = event.pricingTiers[0]?.currency ?? "EUR";
  const selling = useMutation({
    mutationFn: (order: PlaceOrder) => sell(order, attempts.keyFor(order)),
    onSuccess: (order) => {
      attempts.settle();
      setChosen(new Map());
      onSold(order);
    },
    onError: (error) => attempts.settle(error),
    onSettled: () => client.invalidateQueries({ queryKey: availabilityKey(event.id) }),
  });
  const choose = (choice: Choice) => {
    selling.reset();
    const next = new Map(chosen);
    const key = `${choice.section.id}/${choice.tier.priceLevel}`;
    if (choice.quantity === 0) next.delete(key);
    else next.set(key, choice);
    setChosen(next);
  };
  const order = (): PlaceOrder => ({
    eventId: event.id,
    tickets: lines.map(({ section, tier, quantity }) => ({
      sectionId: section.id,
      priceLevel: tier.priceLevel,
      quantity,
    })),
    paymentMethod: { type: "box_office" },
  });
  return (
    <div className="till">
      <ul className="card org-list" aria-label={t("entry.till.places")}>
        {sections.flatMap((section) =>
          tiersOf(event, section.id).map((tier) => (
            <Line
              key={`${section.id}/${tier.priceLevel}`}
              section={section}
              tier={tier}
              free={free.get(section.id)}
              quantity={chosen.get(`${section.id}/${tier.priceLevel}`)?.quantity ?? 0}
              change={(quantity) => choose({ section, tier, quantity })}
            />
          )),
        )}
      </ul>
      <div className="card pad stack till-sum">
        <p className="row between">
          <span className="label">{t("entry.till.tickets", { count: many })}</span>
          <span className="score till-total">{format.money(total, currency)}</span>
        </p>
        {selling.isError && (
          <Note
            tone="no"
            title={t(codeOf(selling.error) === "EVENT002" ? "entry.till.gone" : "entry.till.notSold")}
            live
          />
        )}
        <button
          type="button"
          className="btn btn-flood btn-block"
          disabled={many === 0 || selling.isPending}
          onClick={() => selling.mutate(order())}
        >
          {selling.isPending ? <Busy>{t("entry.till.selling")}</Busy> : t("entry.till.sell")}
        </button>
        <p className="s13 muted">{t("entry.till.note")}</p>
      </div>
    </div>
  );
}

function Line({
  section,
  tier,
  free,
  quantity,
  change,
}: {
  section: Section;
  tier: PricingTier;
  free: number | undefined;
  quantity: number;
  change: (quantity: number) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = `${section.name}, ${tier.priceLevel}`;
  const most = Math.min(PER_LINE_MAX, free ?? 0);
  return (
    <li className="till-line">
      <span className="min-w-0 grow">
        <b className="trunc block">{section.name}</b>
        <span className="s13 muted num">
          {tier.priceLevel} · {format.money(totalOf(tier), tier.currency)} ·{" "}
          {free === undefined ? "…" : t("entry.till.free", { count: free })}
        </span>
      </span>
      <div className="stepper" role="group" aria-label={name}>
        <button
          type="button"
          aria-label={t("stepper.fewer")}
          disabled={quantity === 0}
          onClick={() => change(quantity - 1)}
        >
          <Icon name="minus" />
        </button>
        <output className="score" aria-label={name}>
          {quantity}
        </output>
        <button
          type="button"
          aria-label={t("stepper.more")}
          disabled={quantity >= most}
          onClick={() => change(quantity + 1)}
        >
          <Icon name="plus" />
        </button>
      </div>
    </li>
  );
}
