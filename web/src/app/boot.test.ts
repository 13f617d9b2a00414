import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { eventKey } from "@/shared/api/catalog";
import { event, VENUE } from "@/testing/fixtures";
import { takeBoot } from "./boot";

function pageWith(text: string): Document {
  const page = document.implementation.createHTMLDocument();
  const data = page.createElement("script");
  data.type = "application/json";
  data.id = "boot";
  data.textContent = text;
  page.body.append(data);
  return page;
}

it("knows the event and its venue that came with the page", () => {
  const client = new QueryClient();
  takeBoot(client, pageWith(JSON.stringify({ event: event(), venue: { ...VENUE, sections: [] } })));
  expect(client.getQueryData(eventKey("event-1"))).toEqual(event());
  expect(client.getQueryData(["venues", "venue-1"])).toMatchObject({ name: "Lantern Park" });
});

it("asks for everything where nothing came, or nothing that can be read", () => {
  const client = new QueryClient();
  takeBoot(client, document.implementation.createHTMLDocument());
  takeBoot(client, pageWith("{"));
  expect(client.getQueryCache().getAll()).toEqual([]);
});
