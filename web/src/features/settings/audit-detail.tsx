import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Drawer } from "@/shared/ui/drawer";
import { useNamed } from "@/shared/ui/use-named";
import { changesOf } from "./changes";

/** One line of the log, all of it: before and after, and the ways to what else the same person did. */
export function AuditDetail({
  entry,
  close,
  seek,
}: {
  entry: AuditEntry;
  close: () => void;
  seek: (name: "by" | "of", id: string) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useNamed();
  const facts = [
    ["when", `${format.date(entry.at)}, ${format.clock(Date.parse(entry.at))}`],
    ["who", entry.actorName ?? entry.actorId],
    ["address", entry.address],
    ["request", entry.requestId],
    ["session", entry.sessionId],
    ["byKey", entry.keyId],
    ["subject", entry.subjectId],
    ["action", entry.action],
  ] as const;
  const { actorId } = entry;
  return (
    <Drawer title={named(`set.deed.${entry.action}`, entry.action)} closing={t("set.close")} close={close}>
      <dl className="set-list">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{t(`set.audit.fact.${name}`)}</dt>
                <dd className="set-url num">{value}</dd>
              </div>
            ),
        )}
      </dl>
      <Changes details={entry.details} />
      <div className="row flex-wrap mt-3">
        {actorId !== null && (
          <button type="button" className="btn btn-line btn-sm" onClick={() => seek("by", actorId)}>
            {t("set.audit.moreBy")}
          </button>
        )}
        <button type="button" className="btn btn-line btn-sm" onClick={() => seek("of", entry.subjectId)}>
          {t("set.audit.moreOf")}
        </button>
      </div>
    </Drawer>
  );
}

function Changes({ details }: { details: AuditEntry["details"] }) {
  const { t } = useTranslation();
  const { changed, told } = changesOf(details);
  return (
    <>
      {changed.length > 0 && (
        <div className="set-scroll">
          <table className="org-table">
            <thead>
              <tr>
                <th scope="col">{t("set.audit.field")}</th>
                <th scope="col">{t("set.audit.before")}</th>
                <th scope="col">{t("set.audit.after")}</th>
              </tr>
            </thead>
            <tbody>
              {changed.map(({ field, before, after }) => (
                <tr key={field}>
                  <th scope="row">{field === "" ? t("set.audit.value") : field}</th>
                  <td className="set-url">{before}</td>
                  <td className="set-url b">{after}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {told.length > 0 && (
        <dl className="set-list">
          {told.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="set-url">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
