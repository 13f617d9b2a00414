import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { chartQuery } from "@/shared/api/catalog";
import type { ArenaEvent, EventStatus, Worry } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Icon, type IconName } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { attentionQuery, ownEventQuery, sectionsQuery, setStatus } from "./api";
import { useStock } from "./use-stock";

const ICONS = { no: "stop", warn: "alert", info: "info" } as const satisfies Record<string, IconName>;
type Act = ReturnType<typeof useStock>;

/** What needs somebody's hand now, the worst first, each with the tap that does it and one that takes it back. */
export function Attention({ event }: { event: ArenaEvent }) {
  const { t } = useTranslation();
  const attention = useQuery(attentionQuery(event.id));
  const stock = useStock(event.id);
  const sale = useSale(event);
  const worries = attention.data?.worries ?? [];
  return (
    <section className="card org-panel" aria-labelledby="attention">
      <header>
        <h2 className="h3" id="attention">
          {t("org.attention.title")}
        </h2>
        {worries.length > 0 && <span className="pill pill-no num">{worries.length}</span>}
      </header>
      {attention.isError && (
        <LoadError
          error={attention.error}
          what={t("org.error.figures")}
          retry={() => void attention.refetch()}
        />
      )}
      <Undo stock={stock} sale={sale} />
      {attention.data && worries.length === 0 && <p className="muted">{t("org.attention.none")}</p>}
      <ul className="org-att">
        {worries.map((worry) => (
          <Line key={`${worry.kind} ${worry.sectionId ?? worry.name}`} {...{ worry, event, stock, sale }} />
        ))}
      </ul>
    </section>
  );
}

interface Sale {
  move: (status: EventStatus) => void;
  isBusy: boolean;
  code: string | undefined;
  moved: EventStatus | undefined;
}

function useSale(event: ArenaEvent): Sale {
  const client = useQueryClient();
  const move = useMutation({
    mutationFn: (status: EventStatus) => setStatus(event.id, status),
    onSuccess: (moved) => client.setQueryData(ownEventQuery(event.id).queryKey, moved),
    onError: () => void client.invalidateQueries({ queryKey: ownEventQuery(event.id).queryKey }),
  });
  return {
    move: move.mutate,
    isBusy: move.isPending,
    code: move.isError ? (codeOf(move.error) ?? "SYS001") : undefined,
    moved: move.isSuccess ? move.variables : undefined,
  };
}

function Line({ worry, event, stock, sale }: { worry: Worry; event: ArenaEvent; stock: Act; sale: Sale }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = {
    count: worry.count,
    n: format.number(worry.count),
    of: format.number(worry.of ?? 0),
    name: worry.name ?? "–",
  };
  return (
    <li>
      <Icon name={ICONS[worry.level]} className={worry.level} />
      <span>
        <b>{t(`org.attention.${worry.kind}.title`, words)}</b>
        <br />
        <span className="s13 muted num">{t(`org.attention.${worry.kind}.text`, words)}</span>
      </span>
      <Tap {...{ worry, event, stock, sale }} />
    </li>
  );
}

/** The one tap of a worry: what it does at once can be taken back by `Undo`. */
function Tap({ worry, event, stock, sale }: { worry: Worry; event: ArenaEvent; stock: Act; sale: Sale }) {
  const { t } = useTranslation();
  const base = `/organizer/events/${event.id}`;
  switch (worry.kind) {
    case "PAYMENTS_FAILING":
      return event.status === "ON_SALE" ? (
        <Do isBusy={sale.isBusy} act={() => sale.move("PAUSED")}>
          {t("org.attention.do.pause")}
        </Do>
      ) : (
        <Go to={`/organizer/orders?event=${event.id}&status=PENDING`}>{t("org.attention.do.orders")}</Go>
      );
    case "REFUNDS_FAILED":
      return (
        <Go to={`/organizer/orders?event=${event.id}&status=REFUND_FAILED`}>
          {t("org.attention.do.orders")}
        </Go>
      );
    case "PAYMENTS_SLOW":
      return (
        <Go to={`/organizer/orders?event=${event.id}&status=PENDING`}>{t("org.attention.do.orders")}</Go>
      );
    case "LINE_LONG":
    case "LINE_OVER_PLACES":
      return <Go to={`${base}/queue`}>{t("org.attention.do.line")}</Go>;
    case "GATE_SLOW":
      return <Go to={`${base}/messages?segment=NOT_SCANNED`}>{t("org.attention.do.message")}</Go>;
    case "DEVICES_SILENT":
      return <Go to={`/gate/${event.id}`}>{t("org.attention.do.gates")}</Go>;
    case "SECTION_NEARLY_SOLD":
      return <NearlySold worry={worry} event={event} stock={stock} />;
    case "SECTION_HAS_BLOCKED":
      return <Release worry={worry} stock={stock} words={t("org.attention.do.release")} />;
    default:
      return null;
  }
}

function Release({ worry, stock, words }: { worry: Worry; stock: Act; words: string }) {
  const { sectionId, name } = worry;
  if (sectionId == null) return null;
  const deed = { sectionId, name: name ?? "", what: { kind: "release" } } as const;
  return (
    <Do isBusy={stock.isPending} act={() => stock.mutate(deed)}>
      {words}
    </Do>
  );
}

/** More of it where the house has more; what little is left can be kept for the box office where it has not. */
function NearlySold({ worry, event, stock }: { worry: Worry; event: ArenaEvent; stock: Act }) {
  const { t } = useTranslation();
  const chart = useQuery(chartQuery({ venueId: event.venueId, chartId: event.chartId }));
  const figures = useQuery(sectionsQuery(event.id));
  const drawn = chart.data?.sections.find(({ id }) => id === worry.sectionId);
  const now = figures.data?.find(({ sectionId }) => sectionId === worry.sectionId);
  if (drawn === undefined || now === undefined) return null;
  const blocked = now.capacity - now.sold - now.held - now.available;
  if (drawn.capacity > now.capacity || blocked > 0)
    return <Release worry={worry} stock={stock} words={t("org.attention.do.raise")} />;
  const what = { kind: "holdBack", free: now.available, isSeated: drawn.kind === "SEATED" } as const;
  const deed = { sectionId: drawn.id, name: drawn.name, what };
  return (
    <Do isBusy={stock.isPending} act={() => stock.mutate(deed)}>
      {t("org.attention.do.holdBack")}
    </Do>
  );
}

function Do({ isBusy, act, children }: { isBusy: boolean; act: () => void; children: ReactNode }) {
  return (
    <button type="button" className="btn btn-line btn-sm" disabled={isBusy} onClick={act}>
      {isBusy ? <Busy>{children}</Busy> : children}
    </button>
  );
}

function Go({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link className="btn btn-line btn-sm" to={to}>
      {children}
    </Link>
  );
}

/** What was just done here, and the way back. */
function Undo({ stock, sale }: { stock: Act; sale: Sale }) {
  const { t } = useTranslation();
  if (stock.isError || sale.code !== undefined) {
    const code = sale.code ?? codeOf(stock.error);
    return (
      <Note tone="no" title={t("org.sale.failed")} live>
        <p>{t(code === "AUTH004" ? "org.sale.forbidden" : "org.sale.failedText")}</p>
      </Note>
    );
  }
  const done = stock.data;
  return (
    <>
      {sale.moved !== undefined && (
        <Note
          tone="ok"
          title={t(sale.moved === "PAUSED" ? "org.attention.paused" : "org.attention.resumed")}
          live
        >
          {sale.moved === "PAUSED" && (
            <button type="button" className="btn btn-quiet btn-sm" onClick={() => sale.move("ON_SALE")}>
              <Icon name="undo" className="i-s" />
              {t("org.attention.undo")}
            </button>
          )}
        </Note>
      )}
      {done !== undefined && done.deed.what.kind !== "restore" && (
        <Note tone="ok" title={t(`org.attention.done.${done.deed.what.kind}`, { name: done.deed.name })} live>
          <button
            type="button"
            className="btn btn-quiet btn-sm"
            disabled={stock.isPending}
            onClick={() => stock.mutate({ ...done.deed, what: { kind: "restore", plan: done.before } })}
          >
            <Icon name="undo" className="i-s" />
            {t("org.attention.undo")}
          </button>
        </Note>
      )}
    </>
  );
}
