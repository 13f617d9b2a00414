import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { CHART, event, ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const EDIT = "/organizer/events/event-1/edit";
const MEMBERSHIPS = [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }];
const SOURCE = {
  url: "https://pulse.test/media/m/640.jpg",
  contentType: "image/jpeg",
  width: 640,
  height: 320,
};
const PICTURE = { ...SOURCE, mediaId: "m", blur: "data:image/webp;base64,AAAA", sources: [SOURCE] };
const UPLOAD = "https://bucket.test/uploads/m?signature=x";

let sent: { url: string; type: string | null; bytes: number }[];
let media: (typeof PICTURE)[];

beforeEach(() => {
  sent = [];
  media = [];
  server.use(
    http.get(api("/users/me"), () => ok({ ...ME, memberships: MEMBERSHIPS })),
    http.get(api("/venues/:id/charts/:chart"), () => ok(CHART)),
    http.get(api("/events/:id/promo-codes"), () => ok([])),
    http.get(api("/events/:id/refund-policy"), () => ok({ tiers: [], dateChange: null })),
    http.get(api("/events/:id"), () => ok(event({ media }))),
    http.post(api("/events/:id/media"), () =>
      ok(
        {
          mediaId: "m",
          upload: {
            url: UPLOAD,
            method: "PUT",
            headers: { "Content-Type": "image/png" },
            expiresAt: "2030-01-01T00:00:00Z",
          },
        },
        {},
        201,
      ),
    ),
    http.put("https://bucket.test/uploads/m", async ({ request }) => {
      const bytes = (await request.arrayBuffer()).byteLength;
      sent.push({ url: request.url, type: request.headers.get("content-type"), bytes });
      return new HttpResponse(null, { status: 204 });
    }),
    http.post(api("/events/:id/media/:media/complete"), () => {
      media = [PICTURE];
      return ok(PICTURE);
    }),
    http.delete(api("/events/:id/media/:media"), () => {
      media = [];
      return ok(null);
    }),
  );
});

const open = () => openApp(EDIT, { signedIn: true });
const input = () => screen.findByLabelText("Add a picture");

describe("pictures of an event", () => {
  it("are sent to where the server says, shown, and taken away", async () => {
    const { user } = await open();
    await user.upload(await input(), new File(["12345"], "a.png", { type: "image/png" }));
    const shown = await screen.findByRole("img", { name: "Picture 1 of Harbour City v Northgate United" });
    expect(shown).toHaveAttribute("src", SOURCE.url);
    expect(sent).toEqual([{ url: UPLOAD, type: "image/png", bytes: 5 }]);
    await user.click(screen.getByRole("button", { name: "Remove picture 1" }));
    await user.click(screen.getByRole("button", { name: "Remove it" }));
    await waitFor(() => expect(screen.queryByRole("img", { name: /^Picture 1/ })).not.toBeInTheDocument());
  });

  it("are not sent where they are too large or none, and what the server refuses is said", async () => {
    const { user } = await open();
    const large = new File(["x"], "a.png", { type: "image/png" });
    Object.defineProperty(large, "size", { value: 10_000_001 });
    await user.upload(await input(), large);
    expect(screen.getByText("This file is larger than 10 MB.")).toBeInTheDocument();
    expect(sent).toEqual([]);
    server.use(http.post(api("/events/:id/media/:media/complete"), () => refuse(422, "VALIDATION001")));
    await user.upload(await input(), new File(["x"], "b.png", { type: "image/png" }));
    expect(await screen.findByText(/is not the picture it says it is/)).toBeInTheDocument();
  });
});
