import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/errors";
import { Icon, type IconName } from "./icon";

type Tone = "no" | "warn" | "ok" | "info" | "off";
const NOTE_ICON: Record<Tone, IconName> = {
  no: "stop",
  warn: "alert",
  ok: "check",
  info: "info",
  off: "info",
};

export function Note({
  tone,
  icon,
  title,
  lead,
  children,
  live = false,
}: {
  tone: Tone;
  icon?: IconName;
  title: string;
  /** What follows on the same line. */
  lead?: string;
  children?: ReactNode;
  live?: boolean;
}) {
  return (
    <div className={`note note-${tone}`} role={live ? "alert" : undefined}>
      <Icon name={icon ?? NOTE_ICON[tone]} />
      <div className="grow">
        <p>
          <b>{title}</b> {lead}
        </p>
        {children}
      </div>
    </div>
  );
}

/** A whole screen or panel that has nothing else to show: what happened, and the next step. */
export function Panel({
  icon,
  title,
  text,
  children,
  level = 2,
}: {
  icon: IconName;
  title: string;
  text?: string | undefined;
  children?: ReactNode;
  level?: 1 | 2;
}) {
  const Title = level === 1 ? "h1" : "h2";
  return (
    <div className="mid">
      <Icon name={icon} className="i-l" />
      <Title className="shout h2">{title}</Title>
      {text !== undefined && <p className="muted">{text}</p>}
      {children}
    </div>
  );
}

/** A read that failed: what happened, that nothing is lost, and a retry. Codes come last and small. */
export function LoadError({ error, what, retry }: { error: unknown; what: string; retry: () => void }) {
  const { t } = useTranslation();
  const known = error instanceof ApiError ? error : undefined;
  const unreachable = known?.status === 0;
  return (
    <Note tone={unreachable ? "off" : "no"} icon={unreachable ? "nowifi" : "stop"} title={what} live>
      <p>{unreachable ? t("error.unreachable") : t("error.ours")}</p>
      {known !== undefined && !unreachable && <ErrorCode error={known} />}
      <button type="button" className="btn btn-line btn-sm mt-3" onClick={retry}>
        <Icon name="refresh" className="i-s" />
        {t("action.retry")}
      </button>
    </Note>
  );
}

export function ErrorCode({ error }: { error: ApiError }) {
  const { t } = useTranslation();
  return (
    <p className="s12 muted mono">
      {error.requestId === undefined
        ? t("error.code", { code: error.code })
        : t("error.codeRequest", { code: error.code, request: error.requestId })}
    </p>
  );
}

export function OfflineNote() {
  const { t } = useTranslation();
  return (
    <Note tone="off" icon="nowifi" title={t("offline.title")}>
      <p>{t("offline.text")}</p>
    </Note>
  );
}

export function Busy({ children }: { children: ReactNode }) {
  return (
    <>
      <span className="spin" aria-hidden="true" />
      {children}
    </>
  );
}
