import { useTranslation } from "react-i18next";
import { useFormat } from "@/shared/i18n/format";
import { around, type Standing } from "./standing";

export function LineFacts({ standing }: { standing: Standing }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wait = around(standing.waitSeconds);
  const { placesLeft } = standing;
  return (
    <dl className="lfacts">
      <div>
        <dt>{t("line.turnIn")}</dt>
        <dd className="score">
          {standing.isPaused ? (
            <small>{t("line.notNow")}</small>
          ) : wait === null ? (
            <small>{t("line.soon")}</small>
          ) : (
            <>
              {wait.low === wait.high ? wait.low : `${wait.low}–${wait.high}`}{" "}
              <small>{t(`line.${wait.unit}`)}</small>
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>{t("line.goingIn")}</dt>
        <dd className="score">
          {format.number(standing.isPaused ? 0 : standing.perMinute)} <small>{t("line.aMinute")}</small>
        </dd>
      </div>
      {placesLeft !== undefined && (
        <div>
          <dt>{t("line.placesLeft")}</dt>
          <dd className="score">
            {format.number(placesLeft)}{" "}
            <small>{t(standing.mayBeTooLate ? "line.fewerThanAhead" : "line.moreThanAhead")}</small>
          </dd>
        </div>
      )}
    </dl>
  );
}
