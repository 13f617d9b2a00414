import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icon";
import { useStable } from "../ui/use-stable";
import { DIRECTIONS } from "./engine/directions";
import { MapEngine } from "./engine/map-engine";
import type { SectionLook } from "./engine/paint-house";
import type { Place, Where } from "./engine/place";
import type { Scene, SceneSection } from "./engine/scene";
import type { SeatHouse } from "./seat-house";

export interface SeatMapProps {
  scene: Scene;
  house: SeatHouse;
  looks: readonly SectionLook[];
  section: number | null;
  mine: ReadonlySet<number>;
  asked: ReadonlySet<number>;
  isAccessible: boolean;
  /** Pixels about the house that other things lie on: top, right, bottom, left. */
  insets: string;
  /** What a place is called, for whoever hears it. */
  nameOf: (place: Place) => { name: string; isPressed: boolean };
  choose: (place: Place) => void;
  looksAt: (sections: readonly SceneSection[]) => void;
  /** What is told of the place that is pointed at. */
  tell: (place: Place) => ReactNode;
  legend: (isOpen: boolean) => ReactNode;
  /** Seats that are brought on the screen when they become others. */
  follow: readonly number[] | undefined;
}

const START: Where = { isOpen: false, section: null, isWhole: true, isClosest: false };

/** The map with what people need around it. The drawing and the moving are the engine's; React hears of choices. */
export function SeatMap(props: SeatMapProps) {
  const { t } = useTranslation();
  const { scene, house } = props;
  const host = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const mini = useRef<HTMLCanvasElement>(null);
  const engine = useRef<MapEngine>(undefined);
  const [where, setWhere] = useState(START);
  const [hover, setHover] = useState<{ place: Place; x: number; y: number } | null>(null);
  const [focus, setFocus] = useState<Place | null>(null);
  const stage = t("map.stage");

  const tapped = useStable((place: Place) => {
    setFocus(null);
    if (place.kind === "section" && scene.sections[place.section]?.isSeated)
      engine.current?.showSection(place.section);
    props.choose(place);
  });
  const looksAt = useStable(props.looksAt);
  useEffect(() => {
    const [at, under, above, small] = [host.current, base.current, over.current, mini.current];
    if (at === null || under === null || above === null || small === null) return;
    const made = new MapEngine({
      host: at,
      base: under,
      over: above,
      mini: small,
      scene,
      house,
      words: { stage },
      told: {
        tapped,
        hovered: (place, { x, y }) => setHover(place && { place, x, y }),
        moved: setWhere,
        looksAt,
      },
    });
    engine.current = made;
    return () => {
      engine.current = undefined;
      made.destroy();
    };
  }, [scene, house, stage, tapped, looksAt]);

  const { looks, section, mine, asked, isAccessible, follow } = props;
  useEffect(() => {
    engine.current?.show({ looks, section, mine, asked, isAccessible, focus });
  }, [looks, section, mine, asked, isAccessible, focus]);
  // What is chosen for somebody is shown to them, and what was chosen when the map opens is where it begins.
  const chosen = useRef(section);
  useEffect(() => {
    const at = chosen.current;
    chosen.current = null;
    if (follow !== undefined && follow.length > 0) engine.current?.showSeats(follow);
    else if (at !== null && scene.sections[at]?.isSeated) engine.current?.showSection(at);
  }, [follow, scene]);

  return (
    <div className="map-frame" style={{ "--map-insets": props.insets } as CSSProperties}>
      <div ref={host} className="map-host">
        <canvas ref={base} aria-hidden="true" />
        <canvas ref={over} aria-hidden="true" />
      </div>
      <Cursor
        {...{ scene, engine, focus, setFocus, section }}
        nameOf={props.nameOf}
        choose={(place) => {
          if (place.kind === "section" && scene.sections[place.section]?.isSeated) {
            engine.current?.showSection(place.section);
            const seat = engine.current?.middleSeat(place.section);
            if (seat !== undefined) setFocus({ kind: "seat", seat });
          }
          props.choose(place);
        }}
      />
      {hover !== null && (
        <div className="pop" style={{ left: hover.x, top: hover.y }} aria-hidden="true">
          {props.tell(hover.place)}
        </div>
      )}
      <canvas
        ref={mini}
        className={`mini ${where.isOpen && !where.isWhole ? "" : "invisible"}`}
        aria-hidden="true"
      />
      {!where.isWhole && (
        <button type="button" className="chip map-whole" onClick={() => engine.current?.showWhole()}>
          <Icon name="left" className="i-s" />
          {t("map.whole")}
        </button>
      )}
      {props.legend(where.isOpen)}
      <div className="map-tools">
        <button
          type="button"
          className="icon-btn"
          aria-label={t("map.in")}
          disabled={where.isClosest}
          onClick={() => engine.current?.zoomBy(1)}
        >
          <Icon name="plus" />
        </button>
        <hr />
        <button
          type="button"
          className="icon-btn"
          aria-label={t("map.out")}
          disabled={where.isWhole}
          onClick={() => engine.current?.zoomBy(-1)}
        >
          <Icon name="minus" />
        </button>
      </div>
    </div>
  );
}

/**
 * The keyboard on the map: one tab stop, which is a button of the place it is on. With each step it is another button,
 * so that a screen reader says the place.
 */
function Cursor({
  scene,
  engine,
  focus,
  setFocus,
  section,
  nameOf,
  choose,
}: {
  scene: Scene;
  engine: { current: MapEngine | undefined };
  focus: Place | null;
  setFocus: (place: Place | null) => void;
  section: number | null;
  nameOf: SeatMapProps["nameOf"];
  choose: (place: Place) => void;
}) {
  const { t } = useTranslation();
  const isHere = useRef(false);
  const place: Place = focus ?? { kind: "section", section: section ?? 0 };
  if (scene.sections.length === 0) return null;
  const { name, isPressed } = nameOf(place);
  const key = place.kind === "seat" ? `seat ${place.seat}` : `section ${place.section}`;
  return (
    <div role="group" aria-label={t("map.label", { count: scene.sections.length })} className="map-cursor">
      <button
        key={key}
        ref={(at) => {
          if (isHere.current) at?.focus();
        }}
        type="button"
        aria-label={name}
        aria-pressed={isPressed}
        onFocus={() => {
          isHere.current = true;
          if (focus === null) setFocus(place);
        }}
        onBlur={(event) => {
          // The button before a step goes away with its focus; only who left the map is gone.
          if (event.target.isConnected && event.relatedTarget !== null) isHere.current = false;
          if (event.relatedTarget !== null) setFocus(null);
        }}
        onClick={() => choose(place)}
        onKeyDown={(event) => {
          const direction = DIRECTIONS[event.key];
          if (direction !== undefined) {
            event.preventDefault();
            const next = engine.current?.step(place, direction);
            if (next !== undefined) setFocus(next);
          } else if (event.key === "Escape" && place.kind === "seat") {
            event.preventDefault();
            const row = scene.rows[scene.rowOf[place.seat] ?? 0];
            engine.current?.showWhole();
            setFocus({ kind: "section", section: row?.section ?? 0 });
          } else if (event.key === "+" || event.key === "-") {
            event.preventDefault();
            engine.current?.zoomBy(event.key === "+" ? 1 : -1);
          }
        }}
      />
    </div>
  );
}
