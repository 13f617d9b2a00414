import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { ledgerQuery } from "@/features/money/api";
import { placesOf, sumsOf, totals } from "@/features/money/sums";
import { eventNamesQuery } from "@/features/organizer/api";
import type { LedgerLine } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { useGrowing } from "@/shared/ui/growing-list";
import { LoadError, Note, Panel } from "@/shared/ui/states";
import { useAddress } from "@/shared/ui/use-address";
import { SPANS, type SpanName, spanOf } from "./spans";

/** The sums of a span, by currency and by event. */
export function Ledger({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [address, put] = useAddress();
  const wanted = address.get("span") as SpanName | null;
  const span = wanted !== null && SPANS.includes(wanted) ? wanted : "all";
  const ledger = useQuery(ledgerQuery(organizationId, spanOf(span, new Date())));
  const lines = ledger.data?.lines ?? [];
  const choose = (name: string) => put({ span: name === "all" ? null : name });
  return (
    <section className="stack" aria-label={t("money.ledger")}>
      <div className="field money-span">
        <label htmlFor="money-span">{t("money.span")}</label>
        <select
          id="money-span"
          className="input"
          value={span}
          onChange={({ target }) => choose(target.value)}
        >
          {SPANS.map((name) => (
            <option key={name} value={name}>
              {t(`money.spans.${name}`)}
            </option>
          ))}
        </select>
      </div>
      {ledger.isPending && <div className="sk h-24" aria-busy="true" />}
      {ledger.isError && (
        <LoadError error={ledger.error} what={t("money.error.ledger")} retry={() => void ledger.refetch()} />
      )}
      {ledger.data?.isWhole === false && (
        <Note tone="warn" title={t("money.notWhole", { n: format.number(lines.length) })} />
      )}
      {ledger.data !== undefined && lines.length === 0 && (
        <div className="card">
          <Panel icon="card" title={t("money.none")} text={t("money.noneText")} />
        </div>
      )}
      {totals(lines).map((total) => (
        <Total key={total.currency} total={total} />
      ))}
      {lines.length > 0 && <ByEvent organizationId={organizationId} lines={lines} />}
    </section>
  );
}

/** The sums of a currency, and where the money is. */
function Total({ total }: { total: LedgerLine }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cash = (minor: number) => format.money(minor, total.currency);
  const sums = sumsOf(total);
  const tiles = [
    { name: t("money.sold"), value: sums.sold, means: t("money.soldTax", { tax: cash(sums.tax) }) },
    { name: t("money.back"), value: sums.back, means: t("money.backMeans") },
    { name: t("money.disputed"), value: sums.disputed, means: t("money.disputedMeans") },
    {
      name: t("money.stays"),
      value: sums.stays,
      means: placesOf(total)
        .map(({ place, amount }) => t(`money.place.${place}`, { amount: cash(amount) }))
        .join(" · "),
    },
  ];
  return (
    <dl className="org-tiles money-tiles">
      {tiles.map(({ name, value, means }) => (
        <div className="card org-tile" key={name}>
          <dt>{name}</dt>
          <dd className="score num">{cash(value)}</dd>
          <dd className="s12 muted num">{means}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Rows that are shown at first, and more at a time while one scrolls. */
const ROWS = 50;

function ByEvent({ organizationId, lines }: { organizationId: string; lines: LedgerLine[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useQuery(eventNamesQuery(organizationId));
  const box = useRef<HTMLElement>(null);
  const shown = useGrowing(box, lines, ROWS);
  const nameOf = (eventId: string) => events.data?.find(({ id }) => id === eventId)?.name;
  return (
    <div className="card org-panel">
      <header>
        <h2 className="h3">{t("money.byEvent")}</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is scrolled by keyboard, too */}
      <section ref={box} className="money-scroll" aria-label={t("money.byEvent")} tabIndex={0}>
        <table className="org-table">
          <thead>
            <tr>
              <th scope="col">{t("money.event")}</th>
              <th scope="col" className="n">
                {t("money.sold")}
              </th>
              <th scope="col" className="n">
                {t("money.stays")}
              </th>
              <th scope="col" className="n">
                {t("money.back")}
              </th>
              <th scope="col" className="n">
                {t("money.disputed")}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((line) => {
              const { sold, back, disputed, stays } = sumsOf(line);
              return (
                <tr key={`${line.eventId}${line.currency}`}>
                  <th scope="row">{nameOf(line.eventId) ?? t("money.event")}</th>
                  {[sold, stays, back, disputed].map((amount, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the columns of one table never move
                    <td className="n" key={column}>
                      {format.money(amount, line.currency)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </div>
  );
}
