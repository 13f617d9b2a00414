import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueAnswer, Serving } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { Note } from "@/shared/ui/states";
import { codeMutation, placeKey } from "./api";

const CODE_MAX = 64;

interface Props {
  eventId: string;
  place: QueueAnswer;
  serving: Serving | undefined;
  /** What stood in the address. */
  given: string;
}

/** For members and sponsors: their code leads into a lane of its own; in there, which one it is. */
export function LaneCode({ eventId, place, serving, given }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const id = useId();
  const [code, setCode] = useState(given);
  const change = useMutation({
    ...codeMutation(eventId),
    onSuccess: (next) => client.setQueryData(placeKey(eventId), next),
  });
  const lane = serving?.lanes.find(({ lane: number }) => number === place.lane);
  if (place.lane !== 0) return lane === undefined ? null : <p>{t("line.lane.yours", { name: lane.name })}</p>;
  if (!serving?.lanes.some(({ lane: number, ended }) => number !== 0 && !ended)) return null;
  const wish = code.trim();
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (wish !== "") change.mutate(wish);
      }}
    >
      <label className="s13 muted" htmlFor={id}>
        {t("line.lane.code")}
      </label>
      <div className="row gap-2">
        <input
          id={id}
          className="input grow"
          maxLength={CODE_MAX}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
        <button type="submit" className="btn btn-line" disabled={wish === ""} aria-busy={change.isPending}>
          {t("line.lane.use")}
        </button>
      </div>
      {change.isError && (
        <Note
          tone="no"
          title={t(codeOf(change.error) === "VALIDATION001" ? "line.lane.unknown" : "line.lane.notNow")}
          live
        />
      )}
    </form>
  );
}
