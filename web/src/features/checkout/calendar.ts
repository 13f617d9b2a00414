import type { ArenaEvent, Venue } from "@/shared/api/contract";

// A calendar file as RFC 5545 has it: lines of 75 octets at most, times in UTC, commas and line ends escaped.

const LINE_OCTETS_MAX = 73;

export function calendarOf(event: ArenaEvent, venue: Venue | undefined, made: Date, address: string): string {
  const { location } = venue ?? {};
  const where = [venue?.name, location?.address, location?.city].filter(Boolean).join(", ");
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//ArenaPulse//EN",
    "BEGIN:VEVENT",
    `UID:${event.id}@arenapulse`,
    `DTSTAMP:${stamp(made)}`,
    `DTSTART:${stamp(new Date(event.startTime))}`,
    `DTEND:${stamp(new Date(event.endTime))}`,
    `SUMMARY:${text(event.name)}`,
    `LOCATION:${text(where)}`,
    `URL:${address}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.flatMap(folded).join("\r\n").concat("\r\n");
}

const stamp = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, "");
const text = (words: string): string => words.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");

/** A line that is too long goes on in the next, which begins with a blank. */
function folded(line: string): string[] {
  const parts: string[] = [];
  let part = "";
  let octets = 0;
  for (const letter of line) {
    const size = new TextEncoder().encode(letter).length;
    if (octets + size > LINE_OCTETS_MAX) {
      parts.push(part);
      part = " ";
      octets = 1;
    }
    part += letter;
    octets += size;
  }
  return [...parts, part];
}
