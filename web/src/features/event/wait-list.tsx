import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { WaitListPlace } from "@/shared/api/contract";
import { useSession } from "@/shared/api/session";
import { useFormat } from "@/shared/i18n/format";
import { Busy, Note } from "@/shared/ui/states";
import { joinWaitList, leaveWaitList, waitListQuery } from "./wait-list-api";

const QUANTITIES = [1, 2, 3, 4, 5, 6] as const;

/** For who would like places of an event that has none: asked when some come back, held while they think. */
export function WaitList({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const isPerson = useSession(({ status }) => status === "person");
  const place = useQuery({ ...waitListQuery(eventId), enabled: isPerson }).data;
  if (!isPerson)
    return (
      <Link className="btn btn-line" to={`/sign-in?next=${encodeURIComponent(`/events/${eventId}`)}`}>
        {t("waitList.signIn")}
      </Link>
    );
  if (place?.status === "OFFERED" && place.orderId != null) return <Offered place={place} />;
  if (place?.status === "WAITING") return <Waiting place={place} />;
  return <Join eventId={eventId} />;
}

function Offered({ place }: { place: WaitListPlace }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Note tone="ok" title={t("waitList.offered")} live>
      <p>{place.offeredUntil != null && t("waitList.until", { time: format.when(place.offeredUntil) })}</p>
      <Link className="btn btn-flood mt-3" to={`/checkout/${place.orderId}`}>
        {t("waitList.buy")}
      </Link>
    </Note>
  );
}

function Waiting({ place }: { place: WaitListPlace }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: () => leaveWaitList(place.eventId),
    onSuccess: () => client.setQueryData(waitListQuery(place.eventId).queryKey, null),
  });
  return (
    <Note tone="info" icon="clock" title={t("waitList.waiting", { count: place.quantity })}>
      <p className="num">{t("waitList.ahead", { count: place.ahead })}</p>
      <button
        type="button"
        className="btn btn-line btn-sm mt-3"
        disabled={leave.isPending}
        onClick={() => leave.mutate()}
      >
        {t("waitList.leave")}
      </button>
    </Note>
  );
}

function Join({ eventId }: { eventId: string }) {
  const { t } = useTranslation();
  const id = useId();
  const client = useQueryClient();
  const [quantity, setQuantity] = useState(2);
  const join = useMutation({
    mutationFn: () => joinWaitList(eventId, quantity),
    onSuccess: (place) => client.setQueryData(waitListQuery(eventId).queryKey, place),
  });
  return (
    <div className="grid gap-2">
      <div className="row items-end">
        <div className="field">
          <label htmlFor={id}>{t("waitList.quantity")}</label>
          <select
            id={id}
            className="input"
            value={quantity}
            onChange={(event) => setQuantity(Number(event.target.value))}
          >
            {QUANTITIES.map((many) => (
              <option key={many}>{many}</option>
            ))}
          </select>
        </div>
        <button
          type="button"
          className="btn btn-solid"
          disabled={join.isPending}
          onClick={() => join.mutate()}
        >
          {join.isPending ? <Busy>{t("waitList.joining")}</Busy> : t("waitList.join")}
        </button>
      </div>
      <p className="s13 muted">{t("waitList.text")}</p>
      {join.isError && <Note tone="no" title={t("waitList.error")} live />}
    </div>
  );
}
