import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SearchMeta } from "@/shared/api/contract";
import { decimalOf, minorOf, useFormat } from "@/shared/i18n/format";
import { STATUSES } from "./filters";
import { CHOSEN_MAX, type Sought } from "./search";

const VALUES_SHOWN = 8;
const TOGETHER = ["2", "3", "4", "6"];
const ENDS = ["priceMin", "priceMax"] as const;

type Change = (change: Partial<Sought>) => void;

/** What the list can be narrowed by, with how many of what was found are so. */
export function Facets({
  sought,
  facets,
  currency,
  change,
}: {
  sought: Sought;
  facets: SearchMeta["facets"] | undefined;
  currency: string;
  change: Change;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const month = (value: string) => format.month(`${value}-15T12:00:00Z`, "UTC");
  const amenity = (value: string) => value.replaceAll(/[-_]/g, " ");
  const counts = (name: keyof SearchMeta["facets"]) => facets?.[name] ?? [];
  return (
    <>
      <Facet
        legend={t("filter.status")}
        chosen={sought.status}
        values={STATUSES.map((value) => ({
          value,
          name: t(`filter.${value}`),
          count: counts("status").find((each) => each.value === value)?.count,
        }))}
        choose={(status) => change({ status })}
      />
      <Facet
        legend={t("filter.together")}
        chosen={[sought.together]}
        values={["", ...TOGETHER].map((value) => ({
          value,
          name: value === "" ? t("filter.anyTogether") : t("filter.nTogether", { n: value }),
        }))}
        isOne
        choose={([together]) => change({ together: together ?? "" })}
      />
      <Facet
        legend={t("filter.city")}
        chosen={sought.city}
        values={counts("city").map((each) => ({ ...each, name: each.value }))}
        choose={(city) => change({ city })}
      />
      <Facet
        legend={t("filter.month")}
        chosen={sought.month}
        values={counts("month").map((each) => ({ ...each, name: month(each.value) }))}
        choose={(months) => change({ month: months })}
      />
      <Prices sought={sought} currency={currency} change={change} />
      <Facet
        legend={t("filter.amenity")}
        chosen={sought.amenity}
        values={counts("amenity").map((each) => ({ ...each, name: amenity(each.value) }))}
        choose={(amenities) => change({ amenity: amenities })}
      />
    </>
  );
}

interface Value {
  value: string;
  name: string;
  count?: number | undefined;
}

/** Several may be chosen, but for what `isOne`. */
function Facet({
  legend,
  chosen,
  values,
  isOne = false,
  choose,
}: {
  legend: string;
  chosen: string[];
  values: Value[];
  isOne?: boolean;
  choose: (chosen: string[]) => void;
}) {
  const format = useFormat();
  const name = useId();
  // What is chosen stays in sight, though nothing found may be so.
  const missing = chosen.filter((value) => value !== "" && values.every((each) => each.value !== value));
  const shown: Value[] = [
    ...missing.map((value) => ({ value, name: value })),
    ...values.filter((each, at) => at < VALUES_SHOWN || chosen.includes(each.value)),
  ];
  const toggled = (value: string) =>
    chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
  if (shown.length === 0) return null;
  return (
    <fieldset className="facet">
      <legend>{legend}</legend>
      {shown.map((each) => (
        <label key={each.value}>
          <input
            type={isOne ? "radio" : "checkbox"}
            name={name}
            checked={chosen.includes(each.value)}
            disabled={!isOne && chosen.length >= CHOSEN_MAX && !chosen.includes(each.value)}
            onChange={() => choose(isOne ? [each.value] : toggled(each.value))}
          />
          <span className="wrap-anywhere">{each.name}</span>{" "}
          {each.count !== undefined && <span className="n num">{format.number(each.count)}</span>}
        </label>
      ))}
    </fieldset>
  );
}

function Prices({ sought, currency, change }: { sought: Sought; currency: string; change: Change }) {
  const { t } = useTranslation();
  const id = useId();
  const [wrong, setWrong] = useState(false);
  const shown = (minor: string) => (/^\d{1,10}$/.test(minor) ? decimalOf(Number(minor), currency) : "");
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    const [priceMin, priceMax] = ENDS.map((end): number | string | null => {
      const text = String(typed.get(end) ?? "").trim();
      return text === "" ? "" : minorOf(text, currency);
    });
    const isWrong = priceMin === null || priceMax === null;
    setWrong(isWrong);
    if (isWrong) return;
    const isPriced = priceMin !== "" || priceMax !== "";
    // A number says nothing without what it counts: what is sold in another currency is left out.
    change({
      priceMin: String(priceMin),
      priceMax: String(priceMax),
      currency: isPriced ? currency : "",
    });
  };
  return (
    <form className="facet" onSubmit={apply} key={`${sought.priceMin}-${sought.priceMax}`}>
      <fieldset>
        <legend>{t("filter.price", { currency })}</legend>
        <div className="row gap-2">
          {ENDS.map((end) => (
            <input
              key={end}
              className="input min-w-0"
              name={end}
              inputMode="decimal"
              autoComplete="off"
              aria-label={t(`filter.${end}`)}
              placeholder={t(`filter.${end}`)}
              aria-invalid={wrong}
              aria-describedby={wrong ? `${id}-wrong` : undefined}
              defaultValue={shown(sought[end])}
            />
          ))}
          <button type="submit" className="btn btn-line btn-sm">
            {t("filter.apply")}
          </button>
        </div>
        {wrong && (
          <p className="err" id={`${id}-wrong`} role="alert">
            {t("filter.priceWrong")}
          </p>
        )}
      </fieldset>
    </form>
  );
}
