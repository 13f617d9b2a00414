import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { ArenaEvent, NewPromoCode, PromoCode, Section } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { minorOf, useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { LongList } from "@/shared/ui/long-list";
import { LoadError } from "@/shared/ui/states";
import { useStable } from "@/shared/ui/use-stable";
import { addPromoCode, dropPromoCode, promoCodesQuery } from "../api";
import { Sure } from "../sure";
import { boundsOf, type CodeBounds, CodeLimits, UNBOUND } from "./code-limits";

const attempts = new AttemptKeys();
const ROW_PX = 56;

/** Promo codes: they take off percents or an amount, and are their own saved thing. */
export function Codes({ event, sections }: { event: ArenaEvent; sections: readonly Section[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const codes = useInfiniteQuery(promoCodesQuery(event.id));
  const list = useMemo(() => codes.data?.pages.flatMap(({ items }) => items) ?? [], [codes.data]);
  const reachEnd = useStable(() => {
    if (codes.hasNextPage && !codes.isFetching) void codes.fetchNextPage();
  });
  const again = () => client.invalidateQueries({ queryKey: promoCodesQuery(event.id).queryKey });
  const [asked, setAsked] = useState<PromoCode | null>(null);
  const drop = useMutation({
    mutationFn: (codeId: string) => dropPromoCode(event.id, codeId),
    onSettled: () => {
      setAsked(null);
      return again();
    },
  });
  return (
    <section className="card pad stack" id="codes" aria-labelledby="codes-title">
      <h2 className="h2 shout" id="codes-title">
        {t("org.edit.codes")}
      </h2>
      {codes.isError && (
        <LoadError error={codes.error} what={t("org.error.codes")} retry={() => void codes.refetch()} />
      )}
      {list.length > 0 && (
        <LongList
          items={list}
          height={ROW_PX}
          label={t("org.edit.codes")}
          keyOf={({ id }) => id}
          isWhole={!codes.hasNextPage}
          reachEnd={reachEnd}
        >
          {(code) => (
            <div className="row h-full">
              <b className="mono trunc">{code.code}</b>
              <span className="num whitespace-nowrap">
                {code.kind === "PERCENT"
                  ? t("org.edit.percentOff", { share: format.percent(code.value * 100) })
                  : t("org.edit.amountOff", { amount: format.money(code.value, event.currency) })}
              </span>
              <span className="grow muted s13 num trunc">
                {t("org.edit.uses", {
                  uses: format.number(code.uses),
                  most: code.maxUses === null ? "∞" : format.number(code.maxUses),
                })}
              </span>
              <button
                type="button"
                className="icon-btn"
                aria-label={t("org.edit.dropCode", { code: code.code })}
                disabled={drop.isPending}
                onClick={() => setAsked(code)}
              >
                <Icon name="x" />
              </button>
            </div>
          )}
        </LongList>
      )}
      {asked !== null && (
        <Sure
          title={t("org.edit.dropCode", { code: asked.code })}
          means={t("org.code.dropMeans")}
          words={t("org.code.drop")}
          isBusy={drop.isPending}
          act={() => drop.mutate(asked.id)}
          keep={() => setAsked(null)}
        />
      )}
      <NewCode event={event} sections={sections} done={again} />
    </section>
  );
}

function NewCode({
  event,
  sections,
  done,
}: {
  event: ArenaEvent;
  sections: readonly Section[];
  done: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [kind, setKind] = useState<NewPromoCode["kind"]>("PERCENT");
  const [value, setValue] = useState("");
  const [bounds, setBounds] = useState<CodeBounds>(UNBOUND);
  const add = useMutation({
    mutationFn: (body: NewPromoCode) => addPromoCode(event.id, body, attempts.keyFor(body)),
    onSuccess: () => {
      attempts.settle();
      setCode("");
      setValue("");
      setBounds(UNBOUND);
      return done();
    },
    onError: (error) => attempts.settle(error),
  });
  const worth = kind === "PERCENT" ? Number(value) : minorOf(value, event.currency);
  const isWorth =
    worth !== null && Number.isInteger(worth) && worth > 0 && (kind === "AMOUNT" || worth <= 100);
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (code.trim() !== "" && isWorth) add.mutate({ code, kind, value: worth, ...boundsOf(bounds) });
  };
  const refusal = add.isError
    ? t(codeOf(add.error) === "CONFLICT003" ? "org.edit.codeTaken" : "org.edit.codeRefused")
    : undefined;
  return (
    <form className="org-pair" onSubmit={submit}>
      <Field
        id="code"
        label={t("org.edit.code")}
        value={code}
        maxLength={40}
        error={refusal}
        onChange={({ target }) => setCode(target.value)}
      />
      <div className="field">
        <label htmlFor="code-kind">{t("org.edit.takes")}</label>
        <div className="row">
          <input
            className="input org-money num"
            aria-label={t("org.edit.codeValue")}
            inputMode="decimal"
            value={value}
            onChange={({ target }) => setValue(target.value)}
          />
          <select
            id="code-kind"
            className="input"
            value={kind}
            onChange={({ target }) => setKind(target.value as NewPromoCode["kind"])}
          >
            <option value="PERCENT">%</option>
            <option value="AMOUNT">{event.currency}</option>
          </select>
          <button
            type="submit"
            className="btn btn-line"
            disabled={code.trim() === "" || !isWorth || add.isPending}
          >
            {t("org.edit.addCode")}
          </button>
        </div>
      </div>
      <CodeLimits event={event} sections={sections} bounds={bounds} change={setBounds} />
    </form>
  );
}
