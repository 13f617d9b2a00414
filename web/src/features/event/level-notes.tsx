import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { totalOf } from "@/shared/map/prices";
import { Note } from "@/shared/ui/states";
import { spoken } from "./basket";
import type { EventModel } from "./event-model";

/** Nobody's price becomes another without a word: what went, and what would have to be agreed to. */
export function LevelNotes({ model }: { model: EventModel }) {
  return (
    <>
      {model.gone.length > 0 && <Gone model={model} />}
      {model.question !== undefined && <Unsold model={model} question={model.question} />}
    </>
  );
}

const nameOf = (model: EventModel, level: string): string =>
  model.levels.find((each) => each.level === level)?.name ?? spoken(level);

function Gone({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const names = model.gone.map((level) => nameOf(model, level)).join(", ");
  return (
    <Note tone="warn" title={t("level.gone.title", { levels: names })} live>
      <p>{t("level.gone.text", { level: model.levels[0]?.name ?? "" })}</p>
      <button type="button" className="btn btn-line btn-sm mt-2" onClick={() => model.setWish(model.wish)}>
        {t("level.gone.seen")}
      </button>
    </Note>
  );
}

function Unsold({ model, question }: { model: EventModel; question: NonNullable<EventModel["question"]> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { offer, levels, instead, isSeat } = question;
  const count = levels.length;
  const named = [...new Set(levels)].map((level) => nameOf(model, level)).join(", ");
  const price = format.money(totalOf(instead), instead.currency);
  return (
    <Note tone="warn" title={t("level.title", { section: offer.section.name, levels: named })} live>
      <p className="num">{t("level.text", { count, level: instead.name, price })}</p>
      <div className="row mt-2 flex-wrap gap-2">
        <button type="button" className="btn btn-flood btn-sm" onClick={() => model.answerLevel(true)}>
          {t("level.yes", { count, level: instead.name })}
        </button>
        <button type="button" className="btn btn-line btn-sm" onClick={() => model.answerLevel(false)}>
          {t(isSeat ? "level.otherSeat" : "level.otherSection")}
        </button>
      </div>
    </Note>
  );
}
