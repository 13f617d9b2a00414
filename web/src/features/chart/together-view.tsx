import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LoadError } from "@/shared/ui/states";
import { type Current, documentQuery } from "./api";
import { boundsOf, type Plan, type PlanSection, placesIn, planOf } from "./plan";
import { type Difference, differences, joined, type Side, sideOf } from "./together";

const SIDES = ["mine", "theirs"] as const;

/** Two drawings over the same chart, beside each other: a person takes each section from one of them. */
export function Together({
  venueId,
  over,
  current,
  mine,
  join,
}: {
  venueId: string;
  /** What mine was drawn over, and what somebody else made of it. */
  over: Current;
  current: Current;
  mine: Plan;
  join: (plan: Plan) => void;
}) {
  const { t } = useTranslation();
  const before = useQuery(documentQuery(venueId, over.chartId));
  const newer = useQuery(documentQuery(venueId, current.chartId));
  const [sides, setSides] = useState<ReadonlyMap<string, Side>>(new Map());
  const failed = before.error ?? newer.error;
  if (failed !== null) {
    const retry = () => void Promise.all([before.refetch(), newer.refetch()]);
    return <LoadError error={failed} what={t("plan.error")} retry={retry} />;
  }
  if (before.data === undefined || newer.data === undefined)
    return <div className="sk h-24" aria-busy="true" />;
  const theirs = planOf(newer.data);
  const decided = differences(planOf(before.data), mine, theirs).map((each) => ({
    ...each,
    side: sides.get(each.key) ?? sideOf(each),
  }));
  const touched = new Set(decided.map(({ key }) => key));
  return (
    <section className="card pad stack" aria-labelledby="together">
      <h2 className="h3" id="together">
        {t("plan.together.title")}
      </h2>
      <p className="s13 muted">{t("plan.together.text")}</p>
      <div className="plan-pair" aria-hidden="true">
        {SIDES.map((side) => (
          <figure key={side}>
            <Outline plan={side === "mine" ? mine : theirs} touched={touched} />
            <figcaption className="s13">{t(`plan.together.${side}`)}</figcaption>
          </figure>
        ))}
      </div>
      <div className="plan-differences">
        {decided.map((each) => (
          <Choice
            key={each.key}
            difference={each}
            side={each.side}
            take={(side) => setSides(new Map(sides).set(each.key, side))}
          />
        ))}
      </div>
      {decided.length === 0 && <p>{t("plan.together.same")}</p>}
      <div>
        <button type="button" className="btn btn-solid" onClick={() => join(joined(mine, theirs, decided))}>
          {t("plan.together.join")}
        </button>
      </div>
    </section>
  );
}

function Choice({
  difference,
  side,
  take,
}: {
  difference: Difference;
  side: Side;
  take: (side: Side) => void;
}) {
  const { t } = useTranslation();
  const { key, part, name, by, aspects } = difference;
  const wherein = aspects.map((aspect) => t(`plan.together.in.${aspect}`)).join(", ");
  return (
    <fieldset className="org-conflict">
      <legend className="label">
        {part === null ? name || t("plan.nameless") : t(`plan.together.part.${part}`)}{" "}
        <span className="s13 muted">
          {t(`plan.together.by.${by}`)}
          {wherein !== "" && `: ${wherein}`}
        </span>
      </legend>
      {SIDES.map((each) => (
        <label key={each} className="row">
          <input type="radio" name={`side-${key}`} checked={side === each} onChange={() => take(each)} />
          <span>
            <b>{t(`plan.together.${each}`)}</b> {part === null && <Described section={difference[each]} />}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A section in words; none is one that this side does not have. */
function Described({ section }: { section: PlanSection | null }) {
  const { t } = useTranslation();
  if (section === null) return t("plan.together.none");
  const words = [
    section.name || t("plan.nameless"),
    t(`plan.${section.kind}`),
    t("plan.places", { count: placesIn(section) }),
    ...(section.rows.length > 0 ? [t("plan.together.rows", { count: section.rows.length })] : []),
    ...(section.gate == null ? [] : [`${t("plan.gate")} ${section.gate}`]),
  ];
  return <span className="num">{words.join(", ")}</span>;
}

/** The house in outline, what differs painted. */
function Outline({ plan, touched }: { plan: Plan; touched: ReadonlySet<string> }) {
  const [left, top, right, bottom] = boundsOf(plan);
  return (
    <svg
      viewBox={`${left} ${top} ${Math.max(1, right - left)} ${Math.max(1, bottom - top)}`}
      aria-hidden="true"
    >
      {plan.sections.map(({ id, shape }, index) => (
        <polygon
          // biome-ignore lint/suspicious/noArrayIndexKey: a section is known by its place
          key={index}
          data-touched={id == null || touched.has(id)}
          points={shape.map((point) => point.join(",")).join(" ")}
        />
      ))}
    </svg>
  );
}
