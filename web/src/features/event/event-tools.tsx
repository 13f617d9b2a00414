import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ArenaEvent } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { SaveEvent } from "@/shared/ui/save-event";
import { share } from "@/shared/ui/share";

/** What one does with an event without buying: keep it, and tell somebody of it. */
export function EventTools({ event, timezone }: { event: ArenaEvent; timezone: string | undefined }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  // The event alone: what somebody picked is nobody else's wish.
  const send = async () => setCopied(await share(event.name, `${location.origin}/events/${event.id}`));
  return (
    <>
      <SaveEvent event={{ ...event, timezone }} />
      <button type="button" className="icon-btn" aria-label={t("saved.share")} onClick={() => void send()}>
        <Icon name={isCopied ? "check" : "share"} />
        <span className="sr" role="status">
          {isCopied && t("saved.copied")}
        </span>
      </button>
    </>
  );
}
