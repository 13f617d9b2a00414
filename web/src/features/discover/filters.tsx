import { type FormEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { EventStatus, VenueCard } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import type { When } from "./days";

export const STATUSES = [
  null,
  "ON_SALE",
  "LIVE",
  "SCHEDULED",
  "SOLD_OUT",
] as const satisfies (EventStatus | null)[];
export const WHENS: When[] = ["any", "today", "weekend", "nextWeek"];

export function SearchBox({ q, search }: { q: string; search: (q: string) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    search(input.current?.value.trim() ?? "");
  };
  return (
    <search>
      <form className="searchbar" onSubmit={submit}>
        <div className="affix">
          <Icon name="search" />
          <input
            ref={input}
            // Another query from outside (Clear, the back button) remakes the field with its words.
            key={q}
            className="input"
            type="search"
            name="q"
            aria-label={t("search.label")}
            placeholder={t("search.placeholder")}
            defaultValue={q}
            autoComplete="off"
            onChange={(event) => event.target.value === "" && q !== "" && search("")}
          />
          <button type="submit" className="icon-btn end" aria-label={t("search.go")}>
            <Icon name="arrow" />
          </button>
        </div>
      </form>
    </search>
  );
}

export function WhenChips({ when, choose }: { when: When; choose: (when: When) => void }) {
  const { t } = useTranslation();
  return (
    <div className="chips chips-scroll max-lg:mt-[7px]" role="group" aria-label={t("when.label")}>
      {WHENS.map((each) => (
        <button
          key={each}
          type="button"
          className="chip"
          aria-pressed={each === when}
          onClick={() => choose(each)}
        >
          {t(`when.${each}`)}
        </button>
      ))}
    </div>
  );
}

export function StatusChips({
  status,
  choose,
}: {
  status: EventStatus | null;
  choose: (status: EventStatus | null) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="chips chips-scroll only-m mt-[7px]" role="group" aria-label={t("filter.status")}>
      {STATUSES.map((each) => (
        <button
          key={each ?? "any"}
          type="button"
          className="chip"
          aria-pressed={each === status}
          onClick={() => choose(each)}
        >
          {t(`filter.${each ?? "any"}`)}
        </button>
      ))}
    </div>
  );
}

export function Facets({
  status,
  venueId,
  venues,
  chooseStatus,
  chooseVenue,
}: {
  status: EventStatus | null;
  venueId: string | null;
  venues: readonly VenueCard[];
  chooseStatus: (status: EventStatus | null) => void;
  chooseVenue: (venueId: string | null) => void;
}) {
  const { t } = useTranslation();
  return (
    <>
      <fieldset className="facet">
        <legend>{t("filter.status")}</legend>
        {STATUSES.map((each) => (
          <label key={each ?? "any"}>
            <input type="radio" name="status" checked={each === status} onChange={() => chooseStatus(each)} />
            {t(`filter.${each ?? "any"}`)}
          </label>
        ))}
      </fieldset>
      {venues.length > 1 && (
        <fieldset className="facet">
          <legend>{t("filter.venue")}</legend>
          {[null, ...venues.slice(0, 8)].map((venue) => (
            <label key={venue?.id ?? "any"}>
              <input
                type="radio"
                name="venue"
                checked={(venue?.id ?? null) === venueId}
                onChange={() => chooseVenue(venue?.id ?? null)}
              />
              <span className="trunc">{venue?.name ?? t("filter.anyVenue")}</span>
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}
