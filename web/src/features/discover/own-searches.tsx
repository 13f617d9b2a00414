import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { codeOf } from "@/shared/api/errors";
import { useSession } from "@/shared/api/session";
import { useFormat } from "@/shared/i18n/format";
import { type SavedEvent, turnSaved, useSavedEvents } from "@/shared/saved-events";
import { Icon } from "@/shared/ui/icon";
import { addressOf, dropSearch, keepable, keepSearch, savedKey, savedQuery, useRecent } from "./saved";
import type { Sought } from "./search";

const attempts = new AttemptKeys();
const NAME_CHARACTERS_MAX = 100;
const SOONEST = 4;

/** What one keeps and what one looked for lately, one tap away; nothing where there is neither. */
export function OwnSearches() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isPerson = useSession((session) => session.status === "person");
  const saved = useQuery({ ...savedQuery, enabled: isPerson }).data ?? [];
  const { words, forget } = useRecent();
  const drop = useMutation({
    mutationFn: dropSearch,
    onSettled: () => client.invalidateQueries({ queryKey: savedKey }),
  });
  const kept = isPerson ? saved : [];
  if (kept.length === 0 && words.length === 0) return null;
  return (
    <section className="own-searches" aria-label={t("own.label")}>
      {kept.map(({ id, name, query }) => (
        <span className="chip chip-pair" key={id}>
          <Link to={`/?${addressOf(query)}`}>
            <Icon name="mail" className="i-s" />
            <span className="trunc max-w-48" title={name}>
              {name}
            </span>
          </Link>
          <button
            type="button"
            aria-label={t("own.drop", { name })}
            disabled={drop.isPending}
            onClick={() => drop.mutate(id)}
          >
            <Icon name="x" className="i-s" />
          </button>
        </span>
      ))}
      {words.map((each) => (
        <Link className="chip" key={each} to={`/?${new URLSearchParams({ q: each })}`}>
          <Icon name="clock" className="i-s" />
          <span className="trunc max-w-48" title={each}>
            {each}
          </span>
        </Link>
      ))}
      {words.length > 0 && (
        <button type="button" className="btn btn-quiet btn-sm" onClick={forget}>
          {t("own.forget")}
        </button>
      )}
    </section>
  );
}

/** Events one means to come back to, the next one first; those that are over are not among them. */
export function SavedEvents({ now }: { now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useSavedEvents((state) => state.events);
  const [isWhole, setWhole] = useState(false);
  const section = useRef<HTMLElement>(null);
  const coming = events
    .filter(({ startTime }) => Date.parse(startTime) > now)
    .sort((a, b) => Date.parse(a.startTime) - Date.parse(b.startTime));
  if (coming.length === 0) return null;
  const drop = (event: SavedEvent) => {
    turnSaved(event);
    // The button that had it is gone.
    section.current?.focus();
  };
  return (
    <section className="own-searches" aria-label={t("saved.title")} ref={section} tabIndex={-1}>
      {(isWhole ? coming : coming.slice(0, SOONEST)).map((event) => (
        <span className="chip chip-pair" key={event.id}>
          <Link to={`/events/${event.id}`}>
            <Icon name="heart" className="i-s full" />
            <span className="trunc max-w-48" title={event.name}>
              {event.name}
            </span>
            <span className="muted num">{format.day(event.startTime, event.timezone)}</span>
          </Link>
          <button
            type="button"
            aria-label={t("saved.drop", { name: event.name })}
            onClick={() => drop(event)}
          >
            <Icon name="x" className="i-s" />
          </button>
        </span>
      ))}
      {coming.length > SOONEST && (
        <button
          type="button"
          className="btn btn-quiet btn-sm"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? t("saved.fewer") : t("saved.all", { n: format.number(coming.length) })}
        </button>
      )}
    </section>
  );
}

/** Keeps what is looked for, and says what that brings. */
export function KeepSearch({ sought }: { sought: Sought }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const isPerson = useSession((session) => session.status === "person");
  const saved = useQuery({ ...savedQuery, enabled: isPerson }).data;
  const keep = useMutation({
    mutationFn: (body: Parameters<typeof keepSearch>[0]) => keepSearch(body, attempts.keyFor(body)),
    onSuccess: () => client.invalidateQueries({ queryKey: savedKey }),
    onSettled: (_made, error) => attempts.settle(error),
  });
  const query = keepable(sought);
  if (query === null || !isPerson) return null;
  const isKept = saved?.some((each) => addressOf(each.query).toString() === addressOf(query).toString());
  if (isKept)
    return (
      <span className="s13 muted" role="status">
        {t("own.kept")}
      </span>
    );
  const months = sought.month.map((month) => format.month(`${month}-15T12:00:00Z`, "UTC"));
  const chosen = [sought.city, months, sought.amenity].map((values) => values.join(", "));
  const name = [sought.q.trim(), ...chosen, sought.near && t("near.me")]
    .filter(Boolean)
    .join(" · ")
    .slice(0, NAME_CHARACTERS_MAX);
  return (
    <>
      <button
        type="button"
        className="btn btn-line btn-sm"
        aria-busy={keep.isPending}
        onClick={() => keep.mutate({ name: name || t("own.priced"), query })}
      >
        <Icon name="mail" className="i-s" />
        {t("own.keep")}
      </button>
      {(sought.status.length > 0 || sought.together || sought.sort) && (
        <span className="s13 muted">{t("own.partly")}</span>
      )}
      {keep.isError && (
        <span className="s13 text-no" role="alert">
          {t(codeOf(keep.error) === "CONFLICT003" ? "own.many" : "own.failed")}
        </span>
      )}
    </>
  );
}
