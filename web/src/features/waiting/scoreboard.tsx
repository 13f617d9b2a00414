import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { type Live, LiveMark } from "@/shared/ui/live-mark";
import { spokenMark } from "./standing";

/** One tile a digit. To be heard it is one number, and it is said aloud only when it has become much smaller. */
export function Scoreboard({ ahead, live }: { ahead: number; live: Live }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = format.number(ahead);
  const mark = spokenMark(ahead);
  return (
    <div>
      <div className="board score" role="img" aria-label={t("line.aheadLabel", { count: ahead, n: words })}>
        {[...words].map((character, place) => {
          const key = `${words.length - place}${character}`;
          return /\d/.test(character) ? <span key={key}>{character}</span> : <i key={key}>{character}</i>;
        })}
      </div>
      <div className="row between mt-3 flex-wrap">
        <b className="text-[17px]">{t("line.ahead", { count: ahead })}</b>
        <LiveMark live={live} />
      </div>
      <p className="sr" role="status">
        {mark !== null && t("line.fewerThan", { count: mark, n: format.number(mark) })}
      </p>
    </div>
  );
}

/** How far it is to the shop, from where one joined. */
export function Walk({ position, ahead }: { position: number; ahead: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const done =
    position <= 1 ? 100 : Math.min(100, Math.max(0, Math.round(100 * (1 - ahead / (position - 1)))));
  return (
    <div className="walk">
      <div
        className="way"
        role="progressbar"
        aria-valuenow={done}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={t("line.way")}
      >
        <i style={{ width: `calc(${done} * (100% - 36px) / 100 + 14px)` }} />
        <b style={{ left: `calc(18px + ${done} * (100% - 36px) / 100)` }} />
      </div>
      <div className="row between s13 muted num">
        <span>{t("line.joinedAt", { n: format.number(position) })}</span>
        <b className="text-ink">{t("line.shop")}</b>
      </div>
    </div>
  );
}
