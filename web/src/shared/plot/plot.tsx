import { useEffect, useRef } from "react";
import { useTheme } from "../ui/theme";
import type { Painting } from "./points";

/** Bars and lines on a canvas. It says nothing to a screen reader: whoever shows it puts a table beside it. */
export function Plot(props: Painting) {
  const box = useRef<HTMLDivElement>(null);
  // Another theme has other colours, and a canvas keeps what it was painted with.
  const theme = useTheme(({ isDark }) => isDark);
  const { at, lines, isTime, step, height, formatAt, formatValue } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read from the page when it is painted
  useEffect(() => {
    const element = box.current;
    // Nobody sees it, and a canvas without a width cannot be painted.
    if (element === null || element.clientWidth === 0 || at.length === 0) return;
    let isGone = false;
    let remove = () => {};
    import("./canvas").then(
      ({ paint }) => {
        if (!isGone) remove = paint(element, { at, lines, isTime, step, height, formatAt, formatValue });
      },
      // Without its bundle the table is what there is.
      () => undefined,
    );
    return () => {
      isGone = true;
      remove();
    };
  }, [at, lines, isTime, step, height, formatAt, formatValue, theme]);
  return <div ref={box} aria-hidden="true" style={{ height }} />;
}
