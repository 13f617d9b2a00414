import { useTranslation } from "react-i18next";
import { Scarf } from "@/shared/ui/scarf";
import { knit, YARNS, type Yarn } from "@/shared/ui/scarf-design";

const SIDES = ["home", "away"] as const;

/** The colours of the event's scarf: by its name, unless somebody chooses them. */
export function ScarfColours({
  name,
  worn,
  wear,
}: {
  name: string;
  worn: Yarn[] | null;
  wear: (scarf: Yarn[] | null) => void;
}) {
  const { t } = useTranslation();
  const ends = knit(name || " ", worn);
  const choose = (side: number, yarn: Yarn) => wear(ends.map((end, at) => (at === side ? yarn : end.yarn)));
  return (
    <details className="org-sections">
      <summary className="s13">{t("org.scarf.title")}</summary>
      <div className="stack mt-2">
        <Scarf name={name || " "} worn={worn} />
        {ends.map((end, side) => {
          const words = t(ends.length === 1 ? "org.scarf.one" : `org.scarf.${SIDES[side] ?? "home"}`);
          return (
            <fieldset key={words} className="org-yarns">
              <legend className="label">{words}</legend>
              {YARNS.map((yarn) => (
                <button
                  key={yarn}
                  type="button"
                  className="org-yarn"
                  style={{ background: `var(--yarn-${yarn})`, color: `var(--yarn-${yarn}-on)` }}
                  aria-label={t(`org.yarn.${yarn}`)}
                  aria-pressed={end.yarn === yarn}
                  onClick={() => choose(side, yarn)}
                >
                  {end.yarn === yarn && <span aria-hidden="true">✓</span>}
                </button>
              ))}
            </fieldset>
          );
        })}
        {worn !== null && (
          <button type="button" className="btn btn-quiet justify-self-start" onClick={() => wear(null)}>
            {t("org.scarf.byName")}
          </button>
        )}
      </div>
    </details>
  );
}
