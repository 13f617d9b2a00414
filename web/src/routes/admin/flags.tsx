import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type FlagTarget, flagsQuery, setFlag } from "@/features/admin/api";
import { FlagDrawer } from "@/features/admin/flag-drawer";
import { useFormat } from "@/shared/i18n/format";
import { LoadError, Note } from "@/shared/ui/states";
import { AdminPage } from "./page";

/** What the code asks for by name; others were set by hand. */
const KNOWN = [
  ...(["analytics_intake", "live_dashboards", "payments", "refunds", "mail", "texts", "webhooks"] as const),
  ...(["search_cluster", "pictures", "humans", "rehearsals", "exports", "campaigns"] as const),
  "best_available",
] as const;
const isKnown = (name: string): name is (typeof KNOWN)[number] => KNOWN.some((known) => known === name);

/** The switches of costly features. */
export function FlagsRoute() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const flags = useQuery(flagsQuery);
  const set = useMutation({
    mutationFn: ({ name, isOn }: { name: string; isOn: boolean }) => setFlag(name, isOn),
    onSuccess: (answer) => client.setQueryData(flagsQuery.queryKey, answer),
  });
  const [aimed, setAimed] = useState<string | null>(null);
  const close = () => setAimed(null);
  return (
    <AdminPage name="flags">
      <p className="muted set-lead">{t("adm.flags.text")}</p>
      {flags.isError && (
        <LoadError error={flags.error} what={t("adm.error.flags")} retry={() => void flags.refetch()} />
      )}
      {flags.isPending && <div className="sk h-24" aria-busy="true" />}
      {flags.data !== undefined && (
        <ul className="card org-list" aria-label={t("adm.page.flags")}>
          {Object.entries(flags.data.flags).map(([name, isOn]) => (
            <li key={name} className="row p-4">
              <div className="grow">
                <p className="mono set-url">{name}</p>
                {isKnown(name) && <p className="s13 muted">{t(`adm.flags.${name}`)}</p>}
                {flags.data.targetable.includes(name) && (
                  <Aim name={name} target={flags.data.targets[name]} open={() => setAimed(name)} />
                )}
              </div>
              <span className="set-switch">
                <button
                  type="button"
                  role="switch"
                  className="switch"
                  aria-checked={isOn}
                  aria-label={name}
                  disabled={set.isPending}
                  onClick={() => set.mutate({ name, isOn: !isOn })}
                />
              </span>
            </li>
          ))}
        </ul>
      )}
      {set.isError && <Note tone="no" title={t("adm.flags.notSet")} live />}
      {aimed !== null && <FlagDrawer name={aimed} target={flags.data?.targets[aimed]} close={close} />}
    </AdminPage>
  );
}

/** For whom a switch is on, in a line that opens what changes it. */
function Aim({ name, target, open }: { name: string; target: FlagTarget | undefined; open: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = (["people", "organizations"] as const)
    .map((kind) => ({ kind, count: target?.[kind].length ?? 0 }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => t(`adm.aim.named.${kind}`, { count, n: format.number(count) }));
  const share =
    target === undefined
      ? t("adm.aim.forAll")
      : t("adm.aim.forShare", { n: format.number(target.percentage) });
  const whom = [share, ...named].join(", ");
  return (
    <button
      type="button"
      className="btn btn-quiet btn-sm -ml-3"
      aria-haspopup="dialog"
      aria-label={t("adm.aim.of", { name, whom })}
      onClick={open}
    >
      {whom}
    </button>
  );
}
