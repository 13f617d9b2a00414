import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ownEventQuery } from "@/features/organizer/api";
import { CopyEvent } from "@/features/organizer/copy-event";
import { Codes } from "@/features/organizer/editor/codes";
import { ConflictView } from "@/features/organizer/editor/conflict";
import { BLOCKING, openChecks } from "@/features/organizer/editor/form";
import { CallOff } from "@/features/organizer/editor/off";
import { Basics, Rules } from "@/features/organizer/editor/parts";
import { Prices } from "@/features/organizer/editor/prices";
import { Questions } from "@/features/organizer/editor/questions";
import { Checklist, FansSee } from "@/features/organizer/editor/readiness";
import { RefundRules } from "@/features/organizer/editor/refund-rules";
import { SeasonTickets } from "@/features/organizer/editor/season-tickets";
import { type Editor, useEditor } from "@/features/organizer/editor/use-editor";
import { OnTheDay } from "@/features/organizer/on-the-day";
import { Pictures } from "@/features/organizer/pictures";
import { RepeatEvent } from "@/features/organizer/repeat-event";
import { SaleSwitch } from "@/features/organizer/sale-switch";
import { chartQuery, venueQuery } from "@/shared/api/catalog";
import type { ArenaEvent, Section, Venue } from "@/shared/api/contract";
import { serverTime } from "@/shared/api/server-clock";
import { useFormat } from "@/shared/i18n/format";
import { EventPill } from "@/shared/ui/event-pill";
import { Icon } from "@/shared/ui/icon";
import { LeaveGuard } from "@/shared/ui/leave-guard";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { useMinute } from "@/shared/ui/use-now";
import { usePageTitle } from "@/shared/ui/use-page-title";

const NONE: Section[] = [];

export function EditRoute() {
  const { t } = useTranslation();
  const { eventId = "" } = useParams();
  const event = useQuery(ownEventQuery(eventId));
  const venue = useQuery(venueQuery(event.data?.venueId));
  usePageTitle(event.data?.name ?? t("org.nav.edit"));
  return (
    <main className="org-main" id="main">
      {event.data && venue.data ? (
        <EventEditor key={eventId} event={event.data} venue={venue.data} />
      ) : (
        <>
          <h1 className="shout">{t("org.nav.edit")}</h1>
          {(event.error ?? venue.error) !== null ? (
            <LoadError
              error={event.error ?? venue.error}
              what={t("org.error.event")}
              retry={() => {
                void event.refetch();
                void venue.refetch();
              }}
            />
          ) : (
            <div className="sk h-48" aria-busy="true" />
          )}
        </>
      )}
    </main>
  );
}

function EventEditor({ event, venue }: { event: ArenaEvent; venue: Venue }) {
  const { t } = useTranslation();
  const chart = useQuery(chartQuery({ venueId: event.venueId, chartId: event.chartId }));
  const client = useQueryClient();
  const editor = useEditor(event);
  const sections = chart.data?.sections ?? NONE;
  const timezone = venue.location.timezone;
  const open = openChecks(editor.form, sections, serverTime(useMinute()));
  const isReady = !open.some((check) => BLOCKING.includes(check));
  return (
    <>
      <div className="org-head">
        <div className="min-w-0">
          <h1 className="shout">{editor.form.name || t("org.nav.edit")}</h1>
          <p className="s13 muted">{venue.name}</p>
        </div>
        <span className="grow" />
        <EventPill event={event} />
        <SaveState editor={editor} isDraft={event.status === "DRAFT"} />
        {isReady && editor.saving === "saved" && <SaleSwitch event={event} timezone={timezone} />}
      </div>
      <LeaveGuard
        isOpen={editor.isAtRisk}
        isUnsaved={editor.isAtRisk || editor.saving !== "saved"}
        text={t("org.edit.leave")}
      />
      <ConflictView editor={editor} timezone={timezone} />
      {editor.error !== null && (
        <Note tone="no" title={t("org.edit.failed")} live>
          {editor.error.details.map(({ field, message }) => (
            <p key={field}>
              <span className="mono">{field}</span>: {message}
            </p>
          ))}
          <p className="s13">{t("org.edit.failedText")}</p>
        </Note>
      )}
      <div className="org-editor">
        <div className="stack">
          <Basics editor={editor} timezone={timezone} />
          <Prices editor={editor} sections={sections} currency={event.currency} />
          <Rules editor={editor} timezone={timezone} />
          <Codes event={event} sections={sections} />
          {event.seriesId != null && <SeasonTickets seriesId={event.seriesId} />}
          <RefundRules event={event} />
          <Questions event={event} timezone={timezone} />
          <div className="card pad">
            <Pictures
              of={{ kind: "events", id: event.id }}
              name={event.name}
              pictures={event.media ?? []}
              changed={() => client.invalidateQueries({ queryKey: ownEventQuery(event.id).queryKey })}
            />
          </div>
          <OnTheDay event={event} always />
          <CallOff event={event} />
        </div>
        <aside className="stack">
          <Checklist form={editor.form} sections={sections} />
          <FansSee event={event} form={editor.form} timezone={timezone} />
          <RepeatEvent event={event} />
          <CopyEvent event={event} timezone={timezone} />
        </aside>
      </div>
    </>
  );
}

/** Drafts save themselves; of what fans see already, each change is a decision. */
function SaveState({ editor, isDraft }: { editor: Editor; isDraft: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <span className="s13 muted num" role="status">
        {editor.saving === "busy" ? (
          <Busy>{t("org.edit.saving")}</Busy>
        ) : (
          <>
            {editor.saving === "saved" &&
              editor.savedAt !== null &&
              t("org.edit.saved", { at: format.clock(editor.savedAt) })}
            {editor.saving === "open" && t(isDraft ? "org.edit.willSave" : "org.edit.unsaved")}
            {editor.saving === "failed" && t("org.edit.failed")}
          </>
        )}
      </span>
      <button
        type="button"
        className="icon-btn"
        aria-label={t("org.edit.undo")}
        disabled={!editor.canUndo}
        onClick={editor.undo}
      >
        <Icon name="undo" />
      </button>
      {(!isDraft || editor.saving === "failed") && (
        <button
          type="button"
          className="btn btn-flood"
          disabled={editor.saving === "saved" || editor.saving === "busy" || editor.conflict !== null}
          onClick={() => void editor.save()}
        >
          {t("org.edit.save")}
        </button>
      )}
    </>
  );
}
