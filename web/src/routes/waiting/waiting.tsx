import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { againMutation, leaveMutation, placeKey } from "@/features/waiting/api";
import { LaneCode } from "@/features/waiting/lane-code";
import { LineFacts } from "@/features/waiting/line-facts";
import { Receipt } from "@/features/waiting/receipt";
import { Scoreboard, Walk } from "@/features/waiting/scoreboard";
import { Turn } from "@/features/waiting/turn";
import { useLine } from "@/features/waiting/use-line";
import { eventQuery } from "@/shared/api/catalog";
import type { QueueAnswer, Serving } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useEventVenue } from "@/shared/api/use-event-venue";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Scarf } from "@/shared/ui/scarf";
import { LoadError, Note, OfflineNote, Panel } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { usePageTitle } from "@/shared/ui/use-page-title";
import { RequirePerson } from "../shell/require-person";

export function WaitingRoute() {
  return (
    <RequirePerson>
      <Waiting />
    </RequirePerson>
  );
}

function Waiting() {
  const { t } = useTranslation();
  const format = useFormat();
  const { eventId = "" } = useParams();
  const isOnline = useOnline();
  const event = useQuery(eventQuery(eventId)).data;
  const venue = useEventVenue(event);
  const code = useSearchParams()[0].get("lane") ?? "";
  const { place, serving, standing, live } = useLine(eventId, code || undefined);
  const answer = place.data;
  const ahead = standing === undefined ? undefined : format.number(standing.ahead);
  usePageTitle(answer?.phase === "WAITING" ? t("line.tab", { n: ahead }) : t("line.tabPlain"));

  if (answer === undefined || standing === undefined)
    return (
      <main className="center" id="main" aria-busy={place.isPending}>
        {place.isError ? (
          <NoLine eventId={eventId} error={place.error} retry={() => void place.refetch()} />
        ) : (
          <Loading />
        )}
      </main>
    );
  return (
    <>
      <div className="wr-top">{event !== undefined && <Scarf name={event.name} worn={event.scarf} />}</div>
      <main className="wr" id="main">
        <section className="left" aria-label={t("line.yours")}>
          <div>
            {event !== undefined && (
              <p className="kicker num">
                {event.name} · {format.when(event.startTime, venue?.location.timezone)}
              </p>
            )}
            {answer.phase !== "TURN" && (
              <h1 className="shout mt-1.5 text-[clamp(24px,3vw,32px)]">{t(`line.title.${answer.phase}`)}</h1>
            )}
          </div>
          {!isOnline && <OfflineNote />}
          {answer.phase === "LOBBY" || answer.phase === "DRAWING" ? (
            <Lobby people={standing.people} phase={answer.phase} />
          ) : answer.phase === "WAITING" ? (
            <>
              <Scoreboard ahead={standing.ahead} live={live} />
              <Walk position={answer.position} ahead={standing.ahead} />
              <LineFacts standing={standing} />
              {standing.mayBeTooLate && (
                <Note tone="warn" title={t("line.tooMany.title")}>
                  <p>{t("line.tooMany.text")}</p>
                </Note>
              )}
            </>
          ) : (
            <Over eventId={eventId} phase={answer.phase} />
          )}
          {standing.isPaused && answer.phase === "WAITING" && (
            <Note tone="info" icon="pause" title={t("line.paused.title")}>
              <p>{t("line.paused.text")}</p>
            </Note>
          )}
          <p className="muted">{t(`line.next.${answer.phase}`)}</p>
        </section>
        <aside className="right">
          <Word serving={serving.data} />
          {isEarly(answer) && (
            <LaneCode eventId={eventId} place={answer} serving={serving.data} given={code} />
          )}
          <Receipt eventId={eventId} place={answer} />
          {answer.phase !== "MISSED" && answer.phase !== "OPEN" && <Leave eventId={eventId} place={answer} />}
        </aside>
      </main>
      {answer.phase === "TURN" && <Turn eventId={eventId} place={answer} />}
    </>
  );
}

const isEarly = ({ phase }: QueueAnswer) => phase === "LOBBY" || phase === "WAITING";

function Lobby({ people, phase }: { people: number; phase: "LOBBY" | "DRAWING" }) {
  const { t } = useTranslation();
  const format = useFormat();
  // The number is a second old or more, and who has just come in is one of them.
  const here = Math.max(1, people);
  return (
    <div className="grid gap-2" aria-busy={phase === "DRAWING"}>
      <p className="text-[17px]">
        <b className="score num text-[44px]">{format.number(here)}</b>{" "}
        {t("line.lobby.people", { count: here })}
      </p>
      <p>{t(`line.lobby.${phase}`)}</p>
    </div>
  );
}

function Over({ eventId, phase }: { eventId: string; phase: QueueAnswer["phase"] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const again = useMutation({
    ...againMutation(eventId),
    onSuccess: (next) => client.setQueryData(placeKey(eventId), next),
  });
  if (phase === "MISSED")
    return (
      <button
        type="button"
        className="btn btn-flood btn-lg"
        aria-busy={again.isPending}
        onClick={() => again.mutate()}
      >
        {t("line.again")}
      </button>
    );
  if (phase === "OPEN")
    return (
      <Link className="btn btn-flood btn-lg" to={`/events/${eventId}`}>
        {t("turn.go")}
      </Link>
    );
  return null;
}

function Word({ serving }: { serving: Serving | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (serving?.message === undefined) return null;
  return (
    <div className="card pad row items-start gap-3.5" role="status">
      <Icon name="info" />
      <div className="grow">
        <div className="row between gap-3">
          <b>{t("line.word")}</b>
          {serving.messageAt !== undefined && (
            <span className="s12 muted num">{format.clock(Date.parse(serving.messageAt))}</span>
          )}
        </div>
        <p>{serving.message}</p>
      </div>
    </div>
  );
}

function Leave({ eventId, place }: { eventId: string; place: QueueAnswer }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const leave = useMutation({
    ...leaveMutation(eventId, place.token),
    onSuccess: () => {
      client.removeQueries({ queryKey: placeKey(eventId) });
      navigate(`/events/${eventId}`);
    },
  });
  return (
    <button type="button" className="btn btn-quiet -ml-4 justify-self-start" onClick={() => leave.mutate()}>
      {t("line.leave")}
    </button>
  );
}

function NoLine({ eventId, error, retry }: { eventId: string; error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const code = codeOf(error);
  if (code === "CONFLICT003" || code === "EVENT003" || code === "EVENT001")
    return (
      <Panel icon="ticket" title={t(`line.none.${code}.title`)} text={t(`line.none.${code}.text`)} level={1}>
        <Link className="btn btn-line" to={code === "EVENT001" ? "/" : `/events/${eventId}`}>
          {t(code === "EVENT001" ? "action.seeEvents" : "line.toEvent")}
        </Link>
      </Panel>
    );
  return <LoadError error={error} what={t("line.error")} retry={retry} />;
}

function Loading() {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="shout text-[clamp(24px,3vw,32px)]">{t("line.joining")}</h1>
      <div className="sk h-44" />
    </>
  );
}
