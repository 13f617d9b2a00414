import { type ReactNode, useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { onScroll } from "./on-scroll";

const SPARE_ROWS = 8;

/**
 * Rows of one height, of which those alone are there that can be seen: a hundred thousand scroll like ten. The page
 * scrolls, not a box in it. `reachEnd` is told when the last rows come into sight.
 */
export function LongList<Item>({
  items,
  height,
  label,
  keyOf,
  isWhole,
  reachEnd,
  children,
}: {
  items: readonly Item[];
  height: number;
  label: string;
  keyOf: (item: Item) => string | number;
  /** Whether nothing comes after these. */
  isWhole: boolean;
  reachEnd: () => void;
  children: (item: Item) => ReactNode;
}) {
  const list = useRef<HTMLUListElement>(null);
  const firstSeen = useCallback(() => {
    const above = -(list.current?.getBoundingClientRect().top ?? 0);
    return Math.max(0, Math.floor(above / height));
  }, [height]);
  const first = useSyncExternalStore(onScroll, firstSeen);
  const start = Math.min(Math.max(0, first - SPARE_ROWS), items.length);
  const end = Math.min(items.length, first + Math.ceil(window.innerHeight / height) + SPARE_ROWS);
  const isAtEnd = end >= items.length;
  useEffect(() => {
    if (isAtEnd && !isWhole && items.length > 0) reachEnd();
  }, [isAtEnd, isWhole, items.length, reachEnd]);
  return (
    <ul ref={list} className="long" aria-label={label} style={{ height: items.length * height }}>
      {items.slice(start, end).map((item, index) => (
        <li
          key={keyOf(item)}
          aria-setsize={isWhole ? items.length : -1}
          aria-posinset={start + index + 1}
          style={{ height, translate: `0 ${(start + index) * height}px` }}
        >
          {children(item)}
        </li>
      ))}
    </ul>
  );
}
