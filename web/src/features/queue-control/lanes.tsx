import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueControl } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Note } from "@/shared/ui/states";
import { controlKey, laneMutation } from "./api";

/** Lines of their own for members and sponsors: who has the code joins there, and each has a share of the inlet. */
export function Lanes({ eventId, room }: { eventId: string; room: QueueControl }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const ids = { name: useId(), code: useId(), share: useId() };
  const [wish, setWish] = useState({ name: "", code: "", share: "20" });
  const [link, setLink] = useState<string>();
  const add = useMutation({
    ...laneMutation(eventId),
    onSuccess: (_lane, { code }) => {
      // Nobody can read the code again: now it can be sent.
      setLink(`${window.location.origin}/events/${eventId}/queue?lane=${encodeURIComponent(code)}`);
      setWish({ name: "", code: "", share: "20" });
      return client.invalidateQueries({ queryKey: controlKey(eventId) });
    },
  });
  const share = Number(wish.share);
  const isReady =
    wish.name.trim() !== "" &&
    wish.code.trim() !== "" &&
    Number.isInteger(share) &&
    share >= 0 &&
    share <= 100;
  return (
    <section className="grid gap-3">
      <h2 className="h3">{t("control.lanes")}</h2>
      <ul className="grid gap-1">
        {room.lanes.map((lane) => (
          <li key={lane.lane} className="row between num flex-wrap">
            <span>{lane.name === "" ? t("control.everybody") : lane.name}</span>
            <span className="muted">
              {t("control.laneIs", {
                share: lane.share,
                waiting: format.number(lane.people - lane.serving),
                people: format.number(lane.people),
              })}
            </span>
          </li>
        ))}
      </ul>
      <form
        className="row flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) add.mutate({ name: wish.name.trim(), code: wish.code.trim(), share });
        }}
      >
        {(["name", "code", "share"] as const).map((field) => (
          <label key={field} className="grid gap-1" htmlFor={ids[field]}>
            <span className="s13 muted">{t(`control.lane.${field}`)}</span>
            <input
              id={ids[field]}
              className="input w-36"
              maxLength={40}
              inputMode={field === "share" ? "numeric" : "text"}
              value={wish[field]}
              onChange={(event) => setWish({ ...wish, [field]: event.target.value })}
            />
          </label>
        ))}
        <button type="submit" className="btn btn-line" disabled={!isReady} aria-busy={add.isPending}>
          {t("control.addLane")}
        </button>
      </form>
      {link !== undefined && (
        <Note tone="info" title={t("control.laneLink")} live>
          <p className="num wrap-anywhere">{link}</p>
        </Note>
      )}
      {add.isError && (
        <Note
          tone="no"
          title={t(codeOf(add.error) === "CONFLICT003" ? "control.laneTaken" : "control.notChanged")}
          live
        />
      )}
    </section>
  );
}
