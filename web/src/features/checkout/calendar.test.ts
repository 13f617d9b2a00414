import { expect, it } from "vitest";
import { event, VENUE } from "@/testing/fixtures";
import { calendarOf } from "./calendar";

const MADE = new Date("2026-11-29T12:00:00.123Z");

it("is a file that calendars read, with what the event is called escaped", () => {
  const file = calendarOf(
    event({ name: "Harbour, City; v\nNorthgate" }),
    VENUE,
    MADE,
    "https://x.test/events/1",
  );
  expect(file.split("\r\n")).toEqual([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//ArenaPulse//EN",
    "BEGIN:VEVENT",
    "UID:event-1@arenapulse",
    "DTSTAMP:20261129T120000Z",
    "DTSTART:20990314T194500Z",
    "DTEND:20990314T214500Z",
    "SUMMARY:Harbour\\, City\\; v\\nNorthgate",
    "LOCATION:Lantern Park\\, Harbour Road 1\\, Harbour City",
    "URL:https://x.test/events/1",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ]);
});

it("folds what is too long by octets, and loses nothing", () => {
  const file = calendarOf(event({ name: "Ünïcödé ".repeat(20) }), VENUE, MADE, "https://x.test");
  const lines = file.split("\r\n");
  for (const line of lines) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  expect(file.replaceAll("\r\n ", "")).toContain(`SUMMARY:${"Ünïcödé ".repeat(20)}`);
});
