import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Rehearsal } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { rehearsalMutation, rehearsalsQuery } from "./api";
import { RehearsalReport } from "./rehearsal-report";

const isUnderWay = ({ status }: Rehearsal) => status === "WAITING" || status === "RUNNING";
const isCount = (text: string, least: number, most: number) =>
  /^\d{1,7}$/.test(text) && Number(text) >= least && Number(text) <= most;

/** A simulated crowd at a shadow of the event: how the on-sale would go, before anybody comes. */
export function Rehearsals({ eventId, isSelling }: { eventId: string; isSelling: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const known = useQuery(rehearsalsQuery(eventId));
  const [chosen, setChosen] = useState<string | null>(null);
  const ask = useMutation({
    ...rehearsalMutation(eventId),
    onSuccess: () => {
      setChosen(null);
      return client.invalidateQueries({ queryKey: rehearsalsQuery(eventId).queryKey });
    },
  });
  const all = known.data ?? [];
  const shown = all.find(({ id }) => id === chosen) ?? all[0];
  const isBusy = ask.isPending || all.some(isUnderWay);
  return (
    <section className="card pad grid gap-4" aria-labelledby="rehearsal">
      <div>
        <h2 className="h2 shout" id="rehearsal">
          {t("rehearsal.title")}
        </h2>
        <p className="muted">{t("rehearsal.text")}</p>
      </div>
      {isSelling ? (
        <Note tone="info" title={t("rehearsal.selling")} />
      ) : (
        <Wish isBusy={isBusy} ask={ask.mutate} />
      )}
      {ask.isError && (
        <Note
          tone="no"
          title={t(codeOf(ask.error) === "CONFLICT003" ? "rehearsal.another" : "rehearsal.refused")}
          live
        />
      )}
      {known.isError && (
        <LoadError error={known.error} what={t("rehearsal.error")} retry={() => void known.refetch()} />
      )}
      {all.length > 1 && <Earlier all={all} shown={shown} choose={setChosen} />}
      {shown !== undefined && <Outcome rehearsal={shown} />}
    </section>
  );
}

function Wish({
  isBusy,
  ask,
}: {
  isBusy: boolean;
  ask: (wish: { people: number; seconds: number; admitPerMinute?: number }) => void;
}) {
  const { t } = useTranslation();
  const ids = { people: useId(), seconds: useId(), rate: useId() };
  const [wish, setWish] = useState({ people: "5000", seconds: "30", rate: "" });
  const isRight = {
    people: isCount(wish.people, 1, 50_000),
    seconds: isCount(wish.seconds, 3, 120),
    rate: wish.rate === "" || isCount(wish.rate, 1, 1_000_000),
  };
  return (
    <form
      className="row flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isBusy || !Object.values(isRight).every(Boolean)) return;
        ask({
          people: Number(wish.people),
          seconds: Number(wish.seconds),
          ...(wish.rate !== "" && { admitPerMinute: Number(wish.rate) }),
        });
      }}
    >
      {(["people", "seconds", "rate"] as const).map((field) => (
        <label key={field} className="grid gap-1" htmlFor={ids[field]}>
          <span className="s13 muted">{t(`rehearsal.wish.${field}`)}</span>
          <input
            id={ids[field]}
            className="input w-40"
            inputMode="numeric"
            aria-invalid={!isRight[field]}
            value={wish[field]}
            onChange={({ target }) => setWish({ ...wish, [field]: target.value })}
          />
        </label>
      ))}
      <button
        type="submit"
        className="btn btn-solid"
        disabled={isBusy || !Object.values(isRight).every(Boolean)}
      >
        {isBusy ? <Busy>{t("rehearsal.busy")}</Busy> : t("rehearsal.do")}
      </button>
    </form>
  );
}

function Earlier({
  all,
  shown,
  choose,
}: {
  all: readonly Rehearsal[];
  shown: Rehearsal | undefined;
  choose: (id: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  return (
    <label className="grid gap-1" htmlFor={id}>
      <span className="s13 muted">{t("rehearsal.earlier")}</span>
      <select id={id} className="input" value={shown?.id} onChange={({ target }) => choose(target.value)}>
        {all.map((each) => (
          <option key={each.id} value={each.id}>
            {t("rehearsal.was", {
              at: format.clock(Date.parse(each.createdAt)),
              people: format.number(each.people),
              seconds: each.seconds,
            })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Outcome({ rehearsal }: { rehearsal: Rehearsal }) {
  const { t } = useTranslation();
  if (isUnderWay(rehearsal))
    return (
      <p className="muted" role="status">
        <Busy>{t("rehearsal.isUnderWay", { seconds: rehearsal.seconds })}</Busy>
      </p>
    );
  if (rehearsal.report === null)
    return (
      <Note tone="no" title={t("rehearsal.failed")}>
        <p className="mono s13">{rehearsal.why}</p>
      </Note>
    );
  return <RehearsalReport report={rehearsal.report} />;
}
