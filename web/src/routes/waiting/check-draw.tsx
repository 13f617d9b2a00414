import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { drawQuery, fetchTickets, placeQuery } from "@/features/waiting/api";
import { checkDraw } from "@/features/waiting/check";
import type { Draw, QueueAnswer } from "@/shared/api/contract";
import { keptPlace } from "@/shared/api/queue-pass";
import { useFormat } from "@/shared/i18n/format";
import { LoadError, Note } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

/** The draw computed again in the reader's own browser, from what everybody may read. */
export function CheckDrawRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const draw = useQuery(drawQuery(eventId));
  const place = useQuery({ ...placeQuery(eventId), enabled: keptPlace(eventId) !== undefined });
  usePageTitle(t("drawCheck.title"));
  return (
    <main className="center" id="main">
      <h1 className="shout text-[clamp(24px,3vw,32px)]">{t("drawCheck.title")}</h1>
      <p>{t("drawCheck.how")}</p>
      {draw.isError && (
        <LoadError error={draw.error} what={t("drawCheck.error")} retry={() => void draw.refetch()} />
      )}
      {draw.data !== undefined && draw.data.seed === undefined && (
        <Note tone="info" title={t("drawCheck.notYet.title")}>
          <p>{t("drawCheck.notYet.text")}</p>
        </Note>
      )}
      {draw.data?.seed !== undefined && (
        <Check eventId={eventId} draw={draw.data} seed={draw.data.seed} place={place.data} />
      )}
      <Link className="btn btn-line justify-self-start" to={`/events/${eventId}/queue`}>
        {t("drawCheck.back")}
      </Link>
    </main>
  );
}

function Check({
  eventId,
  draw,
  seed,
  place,
}: {
  eventId: string;
  draw: Draw;
  seed: string;
  place: QueueAnswer | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [share, setShare] = useState(0);
  const lane = draw.lanes.find((each) => each.lane === (place?.lane ?? 0)) ?? draw.lanes[0];
  const check = useMutation({
    mutationKey: ["queue", eventId, "check"],
    mutationFn: async () => {
      if (lane === undefined) return undefined;
      const tickets = await fetchTickets(eventId, lane.lane, lane.entrants);
      const about = {
        name: draw.name,
        seal: draw.seal,
        seed,
        lane: lane.lane,
        ticketsHash: lane.ticketsHash,
      };
      const checked = await checkDraw(about, tickets, setShare);
      return {
        ...checked,
        own: place === undefined ? null : ownPlace(tickets, place.ticket, checked.places),
      };
    },
  });
  if (lane === undefined) return <p>{t("drawCheck.nobody")}</p>;
  const found = check.data;
  const fits = found !== undefined && found.places !== null;
  return (
    <div className="card pad grid gap-4">
      <dl className="rc">
        <Line name={t("drawCheck.seal")} value={draw.seal} />
        <Line name={t("drawCheck.seed")} value={seed} />
        <Line
          name={t("drawCheck.list", { count: lane.entrants, n: format.number(lane.entrants) })}
          value={lane.ticketsHash}
        />
        {place !== undefined && <Line name={t("drawCheck.ticket")} value={place.ticket} />}
      </dl>
      <button
        type="button"
        className="btn btn-solid btn-block"
        aria-busy={check.isPending}
        onClick={() => check.mutate()}
      >
        {check.isPending ? t("drawCheck.working", { percent: Math.round(100 * share) }) : t("drawCheck.go")}
      </button>
      {check.isError && (
        <LoadError error={check.error} what={t("drawCheck.error")} retry={() => check.mutate()} />
      )}
      {found !== undefined && (
        <Note tone={fits ? "ok" : "no"} title={t(fits ? "drawCheck.fits" : "drawCheck.wrong")} live>
          <p>{t(found.sealFits ? "drawCheck.sealFits" : "drawCheck.sealWrong")}</p>
          <p>{t(found.listFits ? "drawCheck.listFits" : "drawCheck.listWrong")}</p>
          {found.own !== null && place !== undefined && (
            <p>
              {t(found.own === place.position ? "drawCheck.ownFits" : "drawCheck.ownWrong", {
                n: format.number(found.own),
                told: format.number(place.position),
              })}
            </p>
          )}
        </Note>
      )}
    </div>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div className="kv flex-wrap">
      <dt>{name}</dt>
      <dd className="mono break-all text-left!">{value}</dd>
    </div>
  );
}

/** The place of one's own ticket; null for who is not in the list, and where nothing could be computed. */
function ownPlace(tickets: Uint8Array, ticket: string, places: Uint32Array | null): number | null {
  if (places === null) return null;
  for (let index = 0; index < places.length; index += 1) {
    const at = index * 16;
    let matches = true;
    for (let byte = 0; byte < 16 && matches; byte += 1)
      matches = tickets[at + byte] === Number.parseInt(ticket.slice(2 * byte, 2 * byte + 2), 16);
    if (matches) return places[index] ?? null;
  }
  return null;
}
