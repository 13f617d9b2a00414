import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { Stepper } from "@/shared/ui/stepper";
import type { EventModel } from "./event-model";

/** Who comes: a stepper for each price level, and one line where there is one level alone. */
export function PartySize({ model }: { model: EventModel }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { levels, wish, party, max } = model;
  const isOne = levels.length < 2;
  return (
    <div className="grid gap-2.5">
      <div className="row between">
        <div>
          <h2 className="h3">{t("party.title")}</h2>
          <p className="s13 muted">{t("party.limit", { count: max })}</p>
        </div>
        {isOne && (
          <LevelStepper model={model} level={levels[0]?.level ?? ""} name={t("party.label")} least={1} />
        )}
      </div>
      {!isOne && (
        <ul className="stack gap-2">
          {levels.map(({ level, name, from }) => (
            <li className="row between" key={level}>
              <span className="min-w-0">
                <b className="block wrap-anywhere">{name}</b>
                <span className="s13 muted num">
                  {t("price.from", { price: format.price(from, model.event.currency) })}
                </span>
              </span>
              <LevelStepper
                model={model}
                level={level}
                name={name}
                // Somebody comes, whoever it is.
                least={party === (wish.party[level] ?? 0) ? 1 : 0}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function LevelStepper({
  model,
  level,
  name,
  least,
}: {
  model: EventModel;
  level: string;
  name: string;
  least: number;
}) {
  const count = model.wish.party[level] ?? 0;
  return (
    <Stepper
      value={count}
      min={least}
      max={count + model.max - model.party}
      label={name}
      change={(value) => model.setLevel(level, value)}
    />
  );
}
