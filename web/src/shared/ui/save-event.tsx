import { useTranslation } from "react-i18next";
import { type SavedEvent, turnSaved, useSavedEvents } from "../saved-events";
import { Icon } from "./icon";

/** Keeps an event for later, on this device. */
export function SaveEvent({ event }: { event: SavedEvent }) {
  const { t } = useTranslation();
  const isSaved = useSavedEvents(({ events }) => events.some(({ id }) => id === event.id));
  return (
    <button
      type="button"
      className="icon-btn"
      aria-pressed={isSaved}
      aria-label={t("saved.save", { name: event.name })}
      onClick={() => turnSaved(event)}
    >
      <Icon name="heart" className={isSaved ? "full" : ""} />
    </button>
  );
}
