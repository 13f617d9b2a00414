import { type PointerEvent, useRef, useState } from "react";
import type { Point } from "@/shared/map/geometry";

type Box = readonly [number, number, number, number];
const ZOOMS = [1, 1.6, 2.4] as const;
const DRAG_PX = 6;

/** Zoom in steps and drag the rest into view. Data never moves the view, people do. */
export function usePan(full: Box) {
  const [level, setLevel] = useState(0);
  const [center, setCenter] = useState<Point | null>(null);
  const drag = useRef<{ x: number; y: number; center: Point; moved: boolean } | null>(null);

  const scale = ZOOMS[level] ?? 1;
  const [width, height] = [full[2] / scale, full[3] / scale];
  const middle: Point = center ?? [full[0] + full[2] / 2, full[1] + full[3] / 2];
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const x = clamp(middle[0] - width / 2, full[0], full[0] + full[2] - width);
  const y = clamp(middle[1] - height / 2, full[1], full[1] + full[3] - height);
  const unitsPerPx = (svg: Element) => {
    const box = svg.getBoundingClientRect();
    return Math.max(width / (box.width || 1), height / (box.height || 1));
  };

  const handlers = {
    onPointerDown: (event: PointerEvent<SVGSVGElement>) => {
      if (level > 0)
        drag.current = {
          x: event.clientX,
          y: event.clientY,
          center: [x + width / 2, y + height / 2],
          moved: false,
        };
    },
    onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
      const from = drag.current;
      if (from === null) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      from.moved ||= Math.hypot(dx, dy) > DRAG_PX;
      if (!from.moved) return;
      const units = unitsPerPx(event.currentTarget);
      setCenter([from.center[0] - dx * units, from.center[1] - dy * units]);
    },
    onPointerUp: () => {
      if (drag.current?.moved !== true) drag.current = null;
    },
    onPointerLeave: () => {
      drag.current = null;
    },
    // A drag ends in a click on whatever lies under the finger; that one is not meant.
    onClickCapture: (event: { stopPropagation: () => void }) => {
      if (drag.current?.moved) event.stopPropagation();
      drag.current = null;
    },
  };

  return {
    viewBox: `${x} ${y} ${width} ${height}`,
    handlers,
    canZoomIn: level < ZOOMS.length - 1,
    canZoomOut: level > 0,
    zoom: (step: 1 | -1, on?: Point) => {
      setLevel(clamp(level + step, 0, ZOOMS.length - 1));
      if (on !== undefined) setCenter(on);
    },
    /** Where a map point is on the screen, relative to the frame. */
    place: (svg: SVGSVGElement | null, point: Point): { left: number; top: number } | null => {
      if (svg === null) return null;
      const box = svg.getBoundingClientRect();
      const units = unitsPerPx(svg);
      const left = box.width / 2 + (point[0] - (x + width / 2)) / units;
      const top = box.height / 2 + (point[1] - (y + height / 2)) / units;
      // The popover is 224 px wide and about 100 high: keep it inside.
      return { left: clamp(left, 120, Math.max(120, box.width - 120)), top: Math.max(top, 124) };
    },
  };
}
