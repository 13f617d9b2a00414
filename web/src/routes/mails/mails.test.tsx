import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { MailTemplate } from "@/shared/api/contract";
import { ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const OWNER = { ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "OWNER" }] };
const HOUSE = "/organizations/org-1/message-templates";
const RECEIPT = `${HOUSE}/receipt/en`;

const mail = (change: Partial<MailTemplate> = {}): MailTemplate => ({
  template: "receipt",
  locale: "en",
  version: 0,
  isChangeable: true,
  subject: null,
  paragraphs: null,
  ours: { subject: "Your tickets", paragraphs: ["Hello {{ name }}.", "See you."] },
  values: [{ name: "name", example: "Eve Adams" }],
  preview: { subject: "Your tickets", text: "Hello Eve Adams.", html: "<p>Hello Eve Adams.</p>" },
  textMessage: { text: "Your tickets: …", segments: 1 },
  ...change,
});

let kept: MailTemplate;
let sent: { body: unknown; version: string | null } | undefined;

beforeEach(() => {
  sent = undefined;
  kept = mail();
  server.use(
    http.get(api("/users/me"), () => ok(OWNER)),
    http.get(api(HOUSE), () =>
      ok([
        { template: "receipt", subject: "", isChangeable: true, isTextMessage: true, own: {} },
        { template: "reset", subject: "", isChangeable: false, isTextMessage: false, own: {} },
      ]),
    ),
    http.get(api(RECEIPT), () => ok(kept)),
    http.get(api(`${HOUSE}/reset/en`), () => ok(mail({ template: "reset", isChangeable: false }))),
    http.post(api(`${RECEIPT}/preview`), () =>
      ok({ subject: "See you, Eve Adams", text: "t", html: "<p>h</p>" }),
    ),
    http.put(api(RECEIPT), async ({ request }) => {
      sent = { body: await request.json(), version: request.headers.get("if-match") };
      kept = mail({ version: 1, subject: "See you, {{ name }}" });
      return ok(kept);
    }),
  );
});

const open = async (query = "") => {
  const { user } = await openApp(`/organizer/mails${query}`, { signedIn: true });
  return user;
};

it("puts words into use after a look at them, and leaves ours what was not touched", async () => {
  const user = await open();
  const subject = await screen.findByLabelText("Subject");
  expect(screen.getByRole("button", { name: "Use these words" })).toBeDisabled();
  await user.clear(subject);
  await user.type(subject, "See you, {{{{ name }}");
  await screen.findByRole("heading", { name: "See you, Eve Adams" });
  await user.click(screen.getByRole("button", { name: "Use these words" }));
  await screen.findByText("Your version 1 is in use.");
  expect(sent).toEqual({ body: { subject: "See you, {{ name }}", paragraphs: null }, version: '"0"' });
});

it("says at which paragraph words are bad, and keeps them", async () => {
  server.use(
    http.post(api(`${RECEIPT}/preview`), () =>
      refuse(422, "VALIDATION001", {
        details: [{ field: "paragraphs.1", message: "'nobody' is undefined", reason: "UNKNOWN_VALUE" }],
      }),
    ),
  );
  const user = await open();
  const text = await screen.findByLabelText("Paragraphs");
  await user.type(text, " {{{{ nobody }}");
  // The server's own sentence is English for whoever reads.
  await screen.findByText(/^Paragraph 2: it names a value that there is not\./);
  expect(screen.queryByText(/is undefined/)).not.toBeInTheDocument();
  expect(text).toHaveAttribute("aria-invalid", "true");
  expect(text).toHaveValue("Hello {{ name }}.\n\nSee you. {{ nobody }}");
  expect(screen.getByRole("button", { name: "Use these words" })).toBeDisabled();
});

it("only shows a mail that is about an account", async () => {
  await open("?mail=reset");
  await screen.findByText(/This mail keeps ArenaPulse's words/);
  expect(screen.queryByLabelText("Subject")).toBeNull();
});

it("tells who wrote at the same time that the words changed", async () => {
  server.use(http.put(api(RECEIPT), () => refuse(412, "CONFLICT001")));
  const user = await open();
  await user.type(await screen.findByLabelText("Subject"), "!");
  await screen.findByRole("heading", { name: "See you, Eve Adams" });
  await user.click(screen.getByRole("button", { name: "Use these words" }));
  await waitFor(() =>
    expect(screen.getByRole("alert")).toHaveTextContent("Somebody else changed these words"),
  );
});
