import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueControl } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { Note } from "@/shared/ui/states";
import { controlKey, isShare, laneMutation } from "./api";
import { LaneLine } from "./lane-line";

/** Lines of their own for members and sponsors: who has the code joins there, and each has a share of the inlet. */
export function Lanes({ eventId, room }: { eventId: string; room: QueueControl }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const ids = { name: useId(), code: useId(), share: useId() };
  const [wish, setWish] = useState({ name: "", code: "", share: "20" });
  const [link, setLink] = useState<string>();
  // Nobody can read a code again: now it can be sent.
  const tell = (code: string) =>
    setLink(`${window.location.origin}/events/${eventId}/queue?lane=${encodeURIComponent(code)}`);
  const add = useMutation({
    ...laneMutation(eventId),
    onSuccess: (_lane, { code }) => {
      tell(code);
      setWish({ name: "", code: "", share: "20" });
      return client.invalidateQueries({ queryKey: controlKey(eventId) });
    },
  });
  const isReady = wish.name.trim() !== "" && wish.code.trim() !== "" && isShare(wish.share);
  return (
    <section className="grid gap-3">
      <h2 className="h3">{t("control.lanes")}</h2>
      <ul className="grid gap-2">
        {room.lanes.map((lane) => (
          <LaneLine key={lane.lane} eventId={eventId} lane={lane} onCode={tell} />
        ))}
      </ul>
      <form
        className="row flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady)
            add.mutate({ name: wish.name.trim(), code: wish.code.trim(), share: Number(wish.share) });
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
