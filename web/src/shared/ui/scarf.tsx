import { type CSSProperties, memo } from "react";
import { knit, type ScarfEnd, type Worn } from "./scarf-design";

/** The event's knitted band. Decoration: the name always stands in text next to it. */
export const Scarf = memo(function Scarf({
  name,
  worn,
  letters = true,
  unfurl = false,
}: {
  name: string;
  worn?: Worn;
  letters?: boolean;
  unfurl?: boolean;
}) {
  const ends = knit(name, worn);
  const [left, right] = ends;
  const classes = ["scarf", right === undefined && "scarf-solo", unfurl && "scarf-unfurl"].filter(Boolean);
  // Both ends in letters of one size, at which the longer word fits.
  const most = Math.max(...ends.map((end) => end.letters.length));
  const style = { ...yarn("a", left), ...yarn("b", right), "--n": most } as CSSProperties;
  return (
    <div className={classes.join(" ")} aria-hidden="true" style={style}>
      {ends.map((end) => (
        <span key={end.yarn} className={end.pattern}>
          {letters && <b className={end.patch ? "patch" : undefined}>{end.letters}</b>}
        </span>
      ))}
    </div>
  );
});

function yarn(side: "a" | "b", end: ScarfEnd | undefined): CSSProperties {
  if (end === undefined) return {};
  return {
    [`--${side}1`]: `var(--yarn-${end.yarn})`,
    [`--${side}2`]: `var(--yarn-${end.yarn}-2)`,
    [`--${side}t`]: `var(--yarn-${end.yarn}-on)`,
  } as CSSProperties;
}
