import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { FlaggedScan, Section } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { printedIn } from "@/shared/map/printed";
import { LoadError } from "@/shared/ui/states";
import { flaggedQuery } from "./api";

/** Whom devices let in alone and the server would have refused: somebody should look who sits there. */
export function Flagged({ eventId, sections }: { eventId: string; sections: readonly Section[] }) {
  const { t } = useTranslation();
  const flagged = useQuery(flaggedQuery(eventId));
  const scans = flagged.data ?? [];
  if (flagged.isError)
    return (
      <LoadError error={flagged.error} what={t("entry.flagged.error")} retry={() => void flagged.refetch()} />
    );
  if (scans.length === 0) return null;
  return (
    <section className="stack gap-4" aria-labelledby="entry-flagged">
      <h2 className="h3" id="entry-flagged">
        {t("entry.flagged.title")}
      </h2>
      <p className="muted entry-lead">{t("entry.flagged.text")}</p>
      <ul className="card org-list" aria-labelledby="entry-flagged">
        {scans.map((scan) => (
          <Line key={scan.clientId} scan={scan} section={sections.find(({ id }) => id === scan.sectionId)} />
        ))}
      </ul>
    </section>
  );
}

function Line({ scan, section }: { scan: FlaggedScan; section: Section | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const place = [section?.name, scan.row, printedIn(section, scan.row, scan.seat)]
    .filter((each) => each != null)
    .join(" · ");
  const by = [t("entry.flagged.at", { gate: scan.gate }), scan.deviceName].filter(Boolean).join(" · ");
  return (
    <li className="entry-device">
      <span className="min-w-0 grow">
        <b className="block">{t(`entry.flagged.${scan.reason}`)}</b>
        <span className="s13 muted">
          {by} · <span className="num">{format.when(scan.scannedAt)}</span>
        </span>
        {scan.firstGate != null && scan.firstAt != null && (
          <span className="s13 muted block">
            {t("entry.flagged.first", { gate: scan.firstGate, time: format.when(scan.firstAt) })}
          </span>
        )}
      </span>
      <span className="b num">{place}</span>
    </li>
  );
}
