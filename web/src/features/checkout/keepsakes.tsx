import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent, Venue } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { share } from "@/shared/ui/share";
import { calendarOf } from "./calendar";

/** What people do with tickets next: the date into the calendar, the event to a friend, the receipt on paper. */
export function Keepsakes({ event, venue }: { event: ArenaEvent; venue: Venue | undefined }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const address = `${window.location.origin}/events/${event.id}`;
  const save = () => {
    const file = new Blob([calendarOf(event, venue, new Date(), address)], { type: "text/calendar" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = "event.ics";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const send = async () => setCopied(await share(event.name, address));
  return (
    <div className="row flex-wrap gap-2.5">
      <button type="button" className="btn btn-line" onClick={save}>
        <Icon name="cal" className="i-s" />
        {t("keep.calendar")}
      </button>
      <button type="button" className="btn btn-line" onClick={() => void send()}>
        <Icon name="share" className="i-s" />
        {isCopied ? t("keep.copied") : t("keep.share")}
      </button>
      <button type="button" className="btn btn-quiet" onClick={() => window.print()}>
        {t("keep.print")}
      </button>
    </div>
  );
}
