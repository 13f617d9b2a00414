import { type PointerEvent, type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export type Height = "low" | "half" | "full";
const HEIGHTS: readonly Height[] = ["low", "half", "full"];
const FLICK_PX = 36;

/** What lies over the map on a phone, in three heights: a drag of its handle or a press changes them. */
export function Sheet({
  label,
  isAsked,
  foot,
  children,
}: {
  label: string;
  /** Something is chosen that it tells of: half of the screen is its, until somebody wants it otherwise. */
  isAsked: boolean;
  foot: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [wanted, setHeight] = useState<Height | null>(null);
  const height = wanted ?? (isAsked ? "half" : "low");
  const drag = useRef<{ y: number; moved: boolean } | null>(null);
  const at = HEIGHTS.indexOf(height);
  const move = (by: number) =>
    setHeight(HEIGHTS[Math.max(0, Math.min(HEIGHTS.length - 1, at + by))] ?? "half");
  return (
    <section className="sheet" aria-label={label} data-height={height}>
      <button
        type="button"
        className="grab"
        aria-label={t(`sheet.${height}`)}
        onPointerDown={(event: PointerEvent<HTMLButtonElement>) => {
          drag.current = { y: event.clientY, moved: false };
          event.currentTarget.setPointerCapture?.(event.pointerId);
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (from === null || from.moved) return;
          const way = event.clientY - from.y;
          if (Math.abs(way) < FLICK_PX) return;
          from.moved = true;
          move(way < 0 ? 1 : -1);
        }}
        onClick={() => {
          // A drag ends in a click as well; that one is not meant.
          if (drag.current?.moved !== true) setHeight(HEIGHTS[(at + 1) % HEIGHTS.length] ?? "half");
          drag.current = null;
        }}
      />
      <div className="sheet-in">{children}</div>
      <div className="sheet-foot">{foot}</div>
    </section>
  );
}
