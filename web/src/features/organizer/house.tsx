import type { Section } from "@/shared/api/contract";

type Point = readonly [number, number];
interface Paint {
  "data-heat"?: number | undefined;
  "data-tier"?: number | undefined;
}

/**
 * The sections as polygons, painted by whoever shows them. A picture: what can be done here by pointing stands beside it
 * as a list, for those who cannot see or point.
 */
export function House({
  sections,
  paint,
  pick,
}: {
  sections: readonly Section[];
  paint: (sectionId: string) => Paint;
  pick?: (sectionId: string) => void;
}) {
  const drawn = sections.flatMap(({ id, name, shape }) =>
    shape === undefined || shape.length < 3 ? [] : [{ id, name, shape: shape as Point[] }],
  );
  if (drawn.length === 0) return null;
  const xs = drawn.flatMap(({ shape }) => shape.map(([x]) => x));
  const ys = drawn.flatMap(({ shape }) => shape.map(([, y]) => y));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = `${left} ${top} ${Math.max(...xs) - left} ${Math.max(...ys) - top}`;
  return (
    <svg className="org-house" viewBox={size} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
      {drawn.map(({ id, name, shape }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the same can be done in the list beside the picture
        <polygon
          key={id}
          {...paint(id)}
          className={pick === undefined ? undefined : "cursor-pointer"}
          points={shape.map((point) => point.join(",")).join(" ")}
          vectorEffect="non-scaling-stroke"
          onClick={pick === undefined ? undefined : () => pick(id)}
        >
          <title>{name}</title>
        </polygon>
      ))}
    </svg>
  );
}
