import type { MailTemplate, MailVersion, OwnWords } from "@/shared/api/contract";

/** What stands in the two fields of the editor. */
export interface Draft {
  subject: string;
  text: string;
}

const BLANK_LINE = /\n[ \t]*\n+/;

const paragraphsOf = (text: string): string[] =>
  text
    .split(BLANK_LINE)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");

const textOf = (paragraphs: string[]): string => paragraphs.join("\n\n");

/** Own words where there are some, ours where not. */
export const draftOf = (
  ours: MailTemplate["ours"],
  own: Pick<MailVersion, "subject" | "paragraphs">,
): Draft => ({
  subject: own.subject ?? ours.subject,
  text: textOf(own.paragraphs ?? ours.paragraphs),
});

/** What is as we have it stays ours, and changes when ours does. */
export function wordsOf(draft: Draft, ours: MailTemplate["ours"]): OwnWords {
  return {
    subject: draft.subject === ours.subject ? null : draft.subject,
    paragraphs: draft.text === textOf(ours.paragraphs) ? null : paragraphsOf(draft.text),
  };
}

export const saysNothingOwn = ({ subject, paragraphs }: OwnWords): boolean =>
  subject === null && paragraphs === null;
