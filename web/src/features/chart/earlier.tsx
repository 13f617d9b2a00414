import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChartDocument } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { LoadError } from "@/shared/ui/states";
import { chartsQuery, documentQuery } from "./api";

/** Charts of the venue that are not its own any more, or never were: any of them can be drawn on. */
export function Earlier({ venueId, open }: { venueId: string; open: (document: ChartDocument) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const charts = useQuery(chartsQuery(venueId));
  const [chosen, setChosen] = useState("");
  const read = useMutation({
    mutationFn: (chartId: string) => client.fetchQuery(documentQuery(venueId, chartId)),
    onSuccess: open,
  });
  const others = (charts.data ?? []).filter(({ isCurrent }) => !isCurrent);
  const failed = charts.error ?? read.error;
  if (others.length === 0 && failed === null) return null;
  return (
    <section className="card pad stack" aria-labelledby="earlier-title">
      <h2 className="h3" id="earlier-title">
        {t("plan.earlier.title")}
      </h2>
      {failed !== null && (
        <LoadError error={failed} what={t("plan.error")} retry={() => void charts.refetch()} />
      )}
      <label className="field" htmlFor="earlier">
        <span className="label">{t("plan.earlier.which")}</span>
        <select
          id="earlier"
          className="input"
          value={chosen}
          onChange={({ target }) => setChosen(target.value)}
        >
          <option value="">–</option>
          {others.map(({ id, name, createdAt, capacity }) => (
            <option key={id} value={id}>
              {[name, format.when(createdAt), t("plan.places", { count: capacity })]
                .filter((word) => word !== null)
                .join(", ")}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="btn btn-line"
        disabled={chosen === "" || read.isPending}
        onClick={() => read.mutate(chosen)}
      >
        {t("plan.earlier.open")}
      </button>
    </section>
  );
}
