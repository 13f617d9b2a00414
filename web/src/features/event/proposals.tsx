import { useState } from "react";
import { useTranslation } from "react-i18next";
import { groupBy } from "@/shared/group-by";
import { useFormat } from "@/shared/i18n/format";
import { findSeat, seatAt } from "@/shared/map/engine/scene";
import { seatWords } from "@/shared/map/seat-words";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { type Pick, sumOf } from "./basket";
import type { EventModel } from "./event-model";
import type { Proposal } from "./find";

/** Up to three ways to sit, as the server found them free a moment ago. */
export function Proposals({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const { find, party } = model;
  const inside = model.offers.find(({ section }) => section.id === find.sectionId)?.section.name;
  return (
    <div className="stack gap-2" aria-busy={find.isFinding}>
      <div className="row between">
        <h2 className="h3">
          {inside === undefined
            ? t("find.title", { count: party })
            : t("find.titleIn", { count: party, section: inside })}
        </h2>
        <button
          type="button"
          className="btn btn-quiet btn-sm min-h-11!"
          onClick={() => find.start(find.sectionId)}
        >
          <Icon name="refresh" className="i-s" />
          {t("find.others")}
        </button>
      </div>
      {find.isFinding && find.proposals === undefined && (
        <p className="row muted">
          <Busy>{t("find.busy")}</Busy>
        </p>
      )}
      {find.error !== null && (
        <LoadError error={find.error} what={t("find.error")} retry={() => find.start(find.sectionId)} />
      )}
      {find.proposals?.length === 0 && (
        <Note tone="info" title={t("find.none.title", { count: party })} live>
          <p>{t("find.none.text")}</p>
        </Note>
      )}
      {find.proposals?.map((proposal) => (
        <Option key={JSON.stringify(proposal.picks)} model={model} proposal={proposal} />
      ))}
      <button type="button" className="btn btn-quiet btn-sm justify-self-start" onClick={find.close}>
        {t("find.close")}
      </button>
    </div>
  );
}

function Option({ model, proposal }: { model: EventModel; proposal: Proposal }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isAgreed, setAgreed] = useState(false);
  const total = format.money(sumOf(proposal.picks, model.event.pricingTiers).total, model.event.currency);
  const where = useWhere(model, proposal);
  const mayTake = proposal.isTogether || isAgreed;
  return (
    <div className="opt-box">
      <button type="button" className="opt" disabled={!mayTake} onClick={() => model.take(proposal.picks)}>
        <Icon name={proposal.isTogether ? "best" : "users"} />
        <span className="min-w-0 text-left">
          <b className="block num">{where.join("; ")}</b>
          <span className="s13 muted">
            {t(`find.reason.${proposal.reason}`)}
            {proposal.isTogether ? ` · ${t("find.together")}` : ""}
          </span>
        </span>
        <b className="num">{total}</b>
      </button>
      {!proposal.isTogether && (
        <label className="tick-row s13">
          <input type="checkbox" checked={isAgreed} onChange={(event) => setAgreed(event.target.checked)} />
          {t("find.agree")}
        </label>
      )}
    </div>
  );
}

/** The number that stands on it. */
function printedSeat({ seating }: EventModel, { sectionId, seat }: Pick): number | undefined {
  if (seat === null) return undefined;
  const at = seating && findSeat(seating.scene, { sectionId, ...seat });
  return seating === undefined || at === undefined ? seat.seat : seatAt(seating.scene, at).printed;
}

function useWhere(model: EventModel, { picks }: Proposal): string[] {
  const { t } = useTranslation();
  const groups = groupBy(picks, ({ sectionId, seat }) => `${sectionId} ${seat?.row ?? ""}`);
  return [...groups.values()].map((group) => {
    const first = group[0];
    const name = model.offers.find(({ section }) => section.id === first?.sectionId)?.section.name ?? "";
    if (first?.seat == null) return t("find.standing", { count: group.length, section: name });
    const seats = group.flatMap((pick) => printedSeat(model, pick) ?? []).sort((a, b) => a - b);
    return t("find.where", { section: name, row: first.seat.row, seats: seatWords(seats) });
  });
}
