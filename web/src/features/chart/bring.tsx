import { useMutation } from "@tanstack/react-query";
import type { ChangeEvent } from "react";
import { useTranslation } from "react-i18next";
import type { ChartDocument } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { Busy, Note } from "@/shared/ui/states";
import { fromRows } from "./api";
import { chartIn, NoChart } from "./chart-file";

/** A file: the documented form, or rows of a spreadsheet, which the server lays out. */
export function Bring({ venueId, bring }: { venueId: string; bring: (document: ChartDocument) => void }) {
  const { t } = useTranslation();
  const read = useMutation({
    mutationFn: async (file: File) => {
      const text = await file.text();
      return file.name.endsWith(".csv") ? fromRows(venueId, text) : chartIn(text);
    },
    onSuccess: bring,
  });
  const take = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (file !== undefined) read.mutate(file);
    target.value = "";
  };
  return (
    <>
      <label className="btn btn-line">
        {read.isPending ? <Busy>{t("plan.bringing")}</Busy> : t("plan.bring")}
        <input type="file" className="sr-only" accept=".json,.csv" onChange={take} />
      </label>
      {read.isError && (
        <Note tone="no" title={t("plan.notBrought")} live>
          {read.error instanceof ApiError &&
            read.error.details.map(({ field, message }) => (
              <p key={field}>
                <span className="mono">{field}</span>: {message}
              </p>
            ))}
          {read.error instanceof NoChart && <p>{t("plan.noChart", { place: read.error.message })}</p>}
        </Note>
      )}
    </>
  );
}
