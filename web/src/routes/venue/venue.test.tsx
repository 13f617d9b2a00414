import { screen, within } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import { event, VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const PICTURE = {
  mediaId: "picture-1",
  url: "/media/picture-1/640.jpg",
  contentType: "image/jpeg",
  width: 640,
  height: 320,
  blur: "data:image/webp;base64,AA",
  sources: [{ url: "/media/picture-1/640.webp", contentType: "image/webp", width: 640, height: 320 }],
};

it("shows the place with its pictures, and what is coming there alone", async () => {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(api("/venues/:id"), () => ok({ ...VENUE, amenities: ["step-free"], media: [PICTURE] })),
    http.get(api("/events"), ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return ok([], { page: 1, limit: 48, total: 0 });
    }),
  );
  await openApp("/venues/venue-1");
  expect(await screen.findByRole("heading", { level: 1, name: "Lantern Park" })).toBeVisible();
  expect(screen.getByText("Harbour Road 1, Harbour City, Ireland")).toBeVisible();
  expect(screen.getByText("3,000 places")).toBeVisible();
  expect(screen.getByText("step free")).toBeVisible();
  expect(screen.getByRole("img", { name: "Lantern Park, a picture" })).toHaveAttribute("src", PICTURE.url);
  expect(await screen.findByText("Nothing is on here at the moment.")).toBeVisible();
  expect(asked.map((each) => each.get("venueId"))).toEqual(["venue-1"]);
  expect(asked[0]?.get("from")).not.toBeNull();
});

it("leads from an event to its venue and from there to its events", async () => {
  const { user, path } = await openApp("/events/event-1");
  await user.click(await screen.findByRole("link", { name: /Lantern Park/ }));
  expect(path()).toBe("/venues/venue-1");
  const coming = await screen.findByRole("region", { name: "What is on here" });
  const link = await within(coming).findByRole("link", { name: new RegExp(event().name) });
  expect(link).toHaveAttribute("href", "/events/event-1");
});

it("says so where there is no such place", async () => {
  server.use(http.get(api("/venues/:id"), () => refuse(404, "VENUE001")));
  await openApp("/venues/nowhere");
  expect(await screen.findByRole("heading", { name: "This venue does not exist" })).toBeVisible();
});

it("offers to try again where the place did not come", async () => {
  server.use(http.get(api("/venues/:id"), () => refuse(503, "SYS002")));
  await openApp("/venues/venue-1");
  expect(await screen.findByText(/We could not load the venue/)).toBeVisible();
});
