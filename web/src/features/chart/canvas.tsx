import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { boundsOf, cornered, moved, movedGate, type Plan, type Point, removed } from "./plan";
import type { Planning } from "./use-plan";

const MARGIN = 20;
const STEPS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const FAR = 10;

interface Grip {
  kind: "section" | "corner" | "gate";
  index: number;
  corner: number;
  from: Point;
  before: Plan;
}

/** The house as it is drawn: sections and gates are dragged, and corners of the chosen one. Arrow keys do the same. */
export function Canvas({
  planning,
  chosen,
  choose,
}: {
  planning: Planning;
  chosen: number | null;
  choose: (index: number | null) => void;
}) {
  const { t } = useTranslation();
  const svg = useRef<SVGSVGElement>(null);
  const grip = useRef<Grip | null>(null);
  const { plan, settled } = planning;
  const [left, top, right, bottom] = boundsOf(settled);
  const size = Math.max(right - left, bottom - top);

  const pointAt = (event: PointerEvent): Point => {
    const matrix = svg.current?.getScreenCTM();
    if (matrix == null) return [0, 0];
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return [x, y];
  };
  const take = (event: PointerEvent, what: Omit<Grip, "from" | "before">) => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture?.(event.pointerId);
    grip.current = { ...what, from: pointAt(event), before: settled };
    if (what.kind !== "gate") choose(what.index);
  };
  const drag = (event: PointerEvent) => {
    const held = grip.current;
    if (held === null) return;
    const to = pointAt(event);
    const by: Point = [to[0] - held.from[0], to[1] - held.from[1]];
    if (held.kind === "corner") planning.hold(cornered(held.before, held.index, held.corner, to));
    else if (held.kind === "gate") planning.hold(movedGate(held.before, held.index, by));
    else planning.hold(moved(held.before, held.index, by));
  };
  const drop = () => {
    grip.current = null;
    planning.drop();
  };
  const press = (event: KeyboardEvent, index: number) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const far = event.shiftKey ? FAR : 1;
      planning.change(moved(settled, index, [step[0] * far, step[1] * far]));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      choose(null);
      planning.change(removed(settled, index));
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(index);
    }
  };
  return (
    <svg
      ref={svg}
      className="plan"
      viewBox={`${left - MARGIN} ${top - MARGIN} ${right - left + 2 * MARGIN} ${bottom - top + 2 * MARGIN}`}
      onPointerDown={() => choose(null)}
      onPointerMove={drag}
      onPointerUp={drop}
      onPointerCancel={drop}
    >
      <title>{t("plan.canvas")}</title>
      {plan.field?.shape !== undefined && plan.field.shape.length > 2 && (
        <polygon className="plan-field" points={plan.field.shape.map((point) => point.join(",")).join(" ")} />
      )}
      {plan.sections.map((section, index) => (
        <polygon
          // biome-ignore lint/suspicious/noArrayIndexKey: a section is known by its place
          key={index}
          className="plan-section"
          data-chosen={chosen === index}
          data-kind={section.kind}
          points={section.shape.map((point) => point.join(",")).join(" ")}
          tabIndex={0}
          role="button"
          aria-pressed={chosen === index}
          aria-label={section.name}
          onFocus={() => choose(index)}
          onPointerDown={(event) => take(event, { kind: "section", index, corner: 0 })}
          onKeyDown={(event) => press(event, index)}
        />
      ))}
      {plan.sections.map(({ name, shape, kind }, index) => (
        <text
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          key={index}
          className="plan-name"
          data-kind={kind}
          x={middle(shape)[0]}
          y={middle(shape)[1]}
          fontSize={size / 32}
          aria-hidden="true"
        >
          {name}
        </text>
      ))}
      {chosen !== null &&
        plan.sections[chosen]?.shape.map(([x, y], corner) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: a corner is known by its place
            key={corner}
            className="plan-corner"
            cx={x}
            cy={y}
            r={size / 60}
            onPointerDown={(event) => take(event, { kind: "corner", index: chosen, corner })}
          />
        ))}
      {plan.gates.map(({ name, at: [x, y] }, index) => (
        <g
          key={name}
          className="plan-gate"
          onPointerDown={(event) => take(event, { kind: "gate", index, corner: 0 })}
        >
          <circle cx={x} cy={y} r={size / 42} />
          <text x={x} y={y} fontSize={size / 40} aria-hidden="true">
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}

const middle = (shape: readonly Point[]): Point => [
  shape.reduce((sum, [x]) => sum + x, 0) / Math.max(1, shape.length),
  shape.reduce((sum, [, y]) => sum + y, 0) / Math.max(1, shape.length),
];
