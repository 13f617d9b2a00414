import type { QueryClient } from "@tanstack/react-query";
import { eventKey, venueQuery } from "@/shared/api/catalog";
import type { ArenaEvent, Venue } from "@/shared/api/contract";

/** Takes what the server sent along with an event's page, so that nothing is asked for twice before it shows. */
export function takeBoot(client: QueryClient, page: Document): void {
  const text = page.getElementById("boot")?.textContent;
  if (!text) return;
  try {
    const { event, venue } = JSON.parse(text) as { event: ArenaEvent; venue: Venue };
    client.setQueryData(eventKey(event.id), event);
    client.setQueryData(venueQuery(venue.id).queryKey, venue);
  } catch {
    // A page that something on its way has changed is asked for by its parts.
  }
}
