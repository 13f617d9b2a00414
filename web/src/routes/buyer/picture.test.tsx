import { screen } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import { VENUE } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const source = (width: number, ending: string) => ({
  url: `https://pulse.test/media/m/${width}.${ending}`,
  contentType: `image/${ending === "jpg" ? "jpeg" : ending}`,
  width,
  height: width / 2,
});

it("shows the venue in the sizes and kinds that are there, best first, blurred until then", async () => {
  const sources = ["avif", "webp", "jpg"].flatMap((ending) => [source(640, ending), source(1280, ending)]);
  const blur = "data:image/webp;base64,AAAA";
  const picture = { ...source(1280, "jpg"), mediaId: "m", blur, sources };
  server.use(http.get(api("/venues/:id"), () => ok({ ...VENUE, media: [picture] })));
  await openApp("/events/event-1?view=list");
  const shown = await screen.findByRole("img", { name: "Lantern Park, a picture" });
  expect(shown).toHaveAttribute("src", "https://pulse.test/media/m/1280.jpg");
  expect(shown.style.background).toContain(blur);
  const kinds = [...(shown.parentElement?.querySelectorAll("source") ?? [])];
  expect(kinds.map((kind) => kind.type)).toEqual(["image/avif", "image/webp", "image/jpeg"]);
  expect(kinds[0]?.getAttribute("srcset")).toBe(
    "https://pulse.test/media/m/640.avif 640w, https://pulse.test/media/m/1280.avif 1280w",
  );
});

it("shows none of a venue that has none", async () => {
  await openApp("/events/event-1?view=list");
  await screen.findByRole("heading", { level: 1 });
  expect(screen.queryByRole("img", { name: /a picture/ })).not.toBeInTheDocument();
});
