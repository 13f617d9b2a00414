import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { TicketDetails } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { STEP_SECONDS, stepAt } from "@/shared/gate/ticket-code";
import { useWakeLock } from "@/shared/gate/use-wake-lock";
import { Icon } from "@/shared/ui/icon";
import { QrCode } from "@/shared/ui/qr-code";
import { useClock, useNow } from "@/shared/ui/use-now";
import { codeQuery, entryKeyQuery } from "./api";

const RING = 100;
/** Past this the phone's clock and the server's differ so much that no gate would take what it makes by itself. */
const CLOCK_DOUBT_MS = 30_000;

/** The code that lets somebody in: made on the device, new every 15 seconds, with a network or without. */
export function EntryCode({ ticket, seat }: { ticket: TicketDetails; seat: number | undefined }) {
  const { t } = useTranslation();
  const { ticketId } = ticket;
  const entry = useQuery(entryKeyQuery(ticketId));
  const step = useClock((now) => stepAt(serverTime(now)));
  const code = useQuery(codeQuery(ticketId, entry.data, step)).data;
  useWakeLock(code !== undefined);
  if (entry.isError)
    return (
      <div className="mid code-later" role="status">
        <Icon name="nowifi" className="i-l" />
        <p className="b">{t("code.missing.title")}</p>
        <p className="s13 muted">{t("code.missing.text")}</p>
      </div>
    );
  const where = ticket.row ? `${ticket.row} ${seat ?? ""}` : "";
  return (
    <div className="code">
      <div className="code-ring">
        <Ring />
        <div className="qr">
          {code === undefined ? (
            <div className="sk h-full" />
          ) : (
            <QrCode text={code} label={t("code.label", { where })} />
          )}
        </div>
      </div>
      <div className="codebar">
        <span className="row b">
          <Icon name="refresh" className="i-s" />
          <Countdown />
        </span>
        <span className="muted">{t("code.noPictures")}</span>
      </div>
      <ClockWarning />
    </div>
  );
}

function Countdown() {
  const { t } = useTranslation();
  const left = useClock((now) => STEP_SECONDS - (Math.floor(serverTime(now) / 1000) % STEP_SECONDS));
  return <span className="num">{t("code.next", { seconds: left })}</span>;
}

function Ring() {
  const into = (serverTime(useNow()) / 1000) % STEP_SECONDS;
  const left = RING - (into / STEP_SECONDS) * RING;
  const frame = { x: 4, y: 4, width: 260, height: 260, rx: 27, strokeWidth: 6 };
  return (
    <svg viewBox="0 0 268 268" fill="none" aria-hidden="true">
      <rect {...frame} className="ring-track" />
      <rect {...frame} className="ring-left" pathLength={RING} strokeDasharray={`${left} ${RING}`} />
    </svg>
  );
}

function ClockWarning() {
  const { t } = useTranslation();
  const isOff = useClock((now) => Math.abs(serverTime(now) - now) > CLOCK_DOUBT_MS);
  if (!isOff) return null;
  return (
    <p className="s13 b text-warn" role="status">
      {t("code.clock")}
    </p>
  );
}
