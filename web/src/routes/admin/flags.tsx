import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { flagsQuery, setFlag } from "@/features/admin/api";
import { LoadError, Note } from "@/shared/ui/states";
import { AdminPage } from "./page";

/** What the code asks for by name; others were set by hand. */
const KNOWN = [
  ...(["analytics_intake", "live_dashboards", "payments", "refunds", "mail", "texts", "webhooks"] as const),
  ...(["search_cluster", "pictures", "humans"] as const),
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
    </AdminPage>
  );
}
