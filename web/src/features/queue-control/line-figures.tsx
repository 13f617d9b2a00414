import type { QueueControl } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";

const NAMES = ["waiting", "perMinute", "inside", "placesLeft"] as const;

/** A waiting room in four numbers, in the words of the area that shows them. */
export function LineFigures({
  room,
  word,
}: {
  room: QueueControl;
  word: (name: (typeof NAMES)[number]) => string;
}) {
  const format = useFormat();
  return (
    <dl className="lfacts">
      {NAMES.map((name) => (
        <div key={name}>
          <dt>{word(name)}</dt>
          <dd className="score">{room[name] === null ? "–" : format.number(room[name])}</dd>
        </div>
      ))}
    </dl>
  );
}
