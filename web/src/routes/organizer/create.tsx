import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { preferencesQuery } from "@/features/auth/account-api";
import { createEvent, ownVenuesQuery } from "@/features/organizer/api";
import { CURRENCIES } from "@/features/organizer/currencies.gen";
import { MoneyInput, TimeInput } from "@/features/organizer/editor/inputs";
import { useOrganizations } from "@/features/organizer/organization";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { venueQuery } from "@/shared/api/catalog";
import type { EventDraft, Membership, Venue, VenueCard } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Busy, LoadError, Note, Panel } from "@/shared/ui/states";
import { usePageTitle } from "@/shared/ui/use-page-title";

const attempts = new AttemptKeys();
const LENGTH_MS = 2 * 3_600_000;

export function NewEventRoute() {
  const { t } = useTranslation();
  const { current, isPending } = useOrganizations();
  usePageTitle(t("org.new.title"));
  return (
    <main className="org-main" id="main">
      <h1 className="shout text-[26px]">{t("org.new.title")}</h1>
      {!isPending && current !== undefined && <Start organization={current} />}
    </main>
  );
}

function Start({ organization }: { organization: Membership }) {
  const { t } = useTranslation();
  const venues = useQuery(ownVenuesQuery(organization.organizationId));
  if (venues.isError)
    return (
      <LoadError error={venues.error} what={t("org.error.venues")} retry={() => void venues.refetch()} />
    );
  if (venues.data === undefined) return <div className="sk h-48" aria-busy="true" />;
  const [first] = venues.data;
  if (first === undefined)
    return (
      <div className="card">
        <Panel icon="pin" title={t("org.new.noVenue")} text={t("org.new.noVenueText")}>
          <Link className="btn btn-flood" to="/organizer/venues">
            {t("org.new.makeVenue")}
          </Link>
        </Panel>
      </div>
    );
  return <NewEvent organization={organization} venues={venues.data} first={first} />;
}

/** What an event cannot be without; the editor asks for the rest. */
function NewEvent({
  organization,
  venues,
  first,
}: {
  organization: Membership;
  venues: VenueCard[];
  first: VenueCard;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [venueId, setVenueId] = useState(first.id);
  const [startTime, setStart] = useState<string | null>(null);
  const preferred = useQuery(preferencesQuery).data?.currency;
  const [chosen, setCurrency] = useState<string | null>(null);
  const currency = chosen ?? preferred ?? "EUR";
  const [amount, setAmount] = useState(2500);
  const venue = useQuery(venueQuery(venueId));
  const create = useMutation({
    mutationFn: (body: EventDraft) => createEvent(body, attempts.keyFor(body)),
    onSuccess: (made) => {
      attempts.settle();
      navigate(`/organizer/events/${made.id}/edit`);
    },
    onError: (error) => attempts.settle(error),
  });
  const isReady = name.trim() !== "" && startTime !== null && venue.data !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || create.isPending) return;
    create.mutate(draftOf({ organization, venue: venue.data as Venue, name, startTime, currency, amount }));
  };
  const timezone = venues.find(({ id }) => id === venueId)?.timezone ?? first.timezone;
  return (
    <form className="card pad stack max-w-[640px]" onSubmit={submit}>
      <Field
        id="event-name"
        label={t("org.edit.name")}
        value={name}
        maxLength={200}
        required
        onChange={({ target }) => setName(target.value)}
      />
      <div className="field">
        <label htmlFor="event-venue">{t("org.new.venue")}</label>
        <select
          id="event-venue"
          className="input"
          value={venueId}
          onChange={({ target }) => setVenueId(target.value)}
        >
          {venues.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}, {each.city}
            </option>
          ))}
        </select>
      </div>
      <TimeInput
        id="event-start"
        label={t("org.edit.start")}
        value={startTime}
        timezone={timezone}
        hint={timezone}
        required
        onChange={setStart}
      />
      <div className="field">
        <label htmlFor="event-price">{t("org.new.price")}</label>
        <div className="row">
          <MoneyInput
            id="event-price"
            label={t("org.new.price")}
            value={amount}
            currency={currency}
            onChange={setAmount}
          />
          <select
            aria-label={t("org.new.currency")}
            className="input"
            value={currency}
            onChange={({ target }) => setCurrency(target.value)}
          >
            {CURRENCIES.map((code) => (
              <option key={code} value={code}>
                {code} · {format.currency(code)}
              </option>
            ))}
          </select>
        </div>
        <p className="hint">{t("org.new.priceHint")}</p>
      </div>
      {create.isError && (
        <Note tone="no" title={t("org.new.failed")} live>
          {create.error instanceof ApiError &&
            create.error.details.map(({ field, message }) => (
              <p key={field}>
                <span className="mono">{field}</span>: {message}
              </p>
            ))}
        </Note>
      )}
      <button type="submit" className="btn btn-flood" disabled={venue.data === undefined || create.isPending}>
        {create.isPending ? <Busy>{t("org.new.busy")}</Busy> : t("org.new.do")}
      </button>
    </form>
  );
}

function draftOf(given: {
  organization: Membership;
  venue: Venue;
  name: string;
  startTime: string;
  currency: string;
  amount: number;
}): EventDraft {
  const { organization, venue, name, startTime, currency, amount } = given;
  return {
    organizationId: organization.organizationId,
    venueId: venue.id,
    name,
    startTime,
    endTime: new Date(Date.parse(startTime) + LENGTH_MS).toISOString().replace(".000Z", "Z"),
    pricingTiers: [
      {
        priceLevel: "STANDARD",
        name: "Standard",
        sectionIds: venue.sections.map(({ id }) => id),
        amount,
        fee: 0,
        currency,
      },
    ],
  };
}
