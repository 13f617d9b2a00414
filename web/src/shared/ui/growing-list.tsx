import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { onScroll } from "./on-scroll";

/** Screens below what is seen that are read ahead. */
const AHEAD = 1;

/** Tells when the end of something comes near what is seen, as long as it is not whole. */
function useReachEnd(box: RefObject<HTMLElement | null>, isWhole: boolean, reachEnd: () => void): void {
  useEffect(() => {
    if (isWhole) return;
    const look = () => {
      const bottom = box.current?.getBoundingClientRect().bottom ?? Number.POSITIVE_INFINITY;
      if (bottom < window.innerHeight * (1 + AHEAD)) reachEnd();
    };
    look();
    return onScroll(look);
  });
}

/**
 * Rows of any height, read on while one scrolls; what is out of sight is not laid out. For thousands of rows of one
 * height there is `LongList`.
 */
export function GrowingList({
  label,
  isWhole,
  reachEnd,
  children,
}: {
  label: string;
  /** Whether nothing comes after these. */
  isWhole: boolean;
  reachEnd: () => void;
  children: ReactNode;
}) {
  const list = useRef<HTMLUListElement>(null);
  useReachEnd(list, isWhole, reachEnd);
  return (
    <ul ref={list} className="org-list grows" aria-label={label}>
      {children}
    </ul>
  );
}

/** The first of so many rows that are all there, and more of them while one scrolls: for tables. */
export function useGrowing<Item>(
  box: RefObject<HTMLElement | null>,
  items: readonly Item[],
  step: number,
): readonly Item[] {
  const [shown, setShown] = useState(step);
  useReachEnd(box, shown >= items.length, () => setShown((before) => before + step));
  return items.slice(0, shown);
}
