import type { AskedForm, NewForm, Question } from "@/shared/api/contract";

/** A question on the screen: `key` stays while it is edited, `options` are lines of one text. */
export interface AskedQuestion {
  key: string;
  id: string | null;
  text: string;
  kind: Question["kind"];
  scope: Question["scope"];
  required: boolean;
  options: string;
  lengthMax: number | null;
  minimum: number | null;
  maximum: number | null;
}
export interface Form {
  holderNames: boolean;
  answersUntil: string | null;
  questions: readonly AskedQuestion[];
}

const OPTIONS_MIN = 2;
let made = 0;

export const blankQuestion = (): AskedQuestion => {
  made += 1;
  return {
    ...{ key: `new-${made}`, id: null, text: "", kind: "TEXT", scope: "TICKET", required: false },
    ...{ options: "", lengthMax: null, minimum: null, maximum: null },
  };
};

export const asksOf = ({ holderNames, answersUntil, questions }: AskedForm): Form => ({
  holderNames,
  answersUntil,
  questions: questions
    .filter(({ retired }) => !retired)
    .map(({ retired: _, ...each }) => ({ ...each, key: each.id, options: each.options.join("\n") })),
});

const linesOf = (options: string): string[] =>
  options
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Whether the server may be asked: what it would refuse in any case is not sent. */
export const isReady = ({ questions }: Form): boolean =>
  questions.every(
    ({ text, kind, options }) =>
      text.trim() !== "" && (kind !== "CHOICE" || linesOf(options).length >= OPTIONS_MIN),
  );

/** As it is sent: a kind's bounds go with it alone. */
export const bodyOf = ({ holderNames, answersUntil, questions }: Form): NewForm => ({
  holderNames,
  answersUntil,
  questions: questions.map(({ id, text, kind, scope, required, options, lengthMax, minimum, maximum }) => ({
    ...(id !== null && { id }),
    ...{ text, kind, scope, required },
    ...(kind === "CHOICE" && { options: linesOf(options) }),
    ...(kind === "TEXT" && { lengthMax }),
    ...(kind === "NUMBER" && { minimum, maximum }),
  })),
});

/** One place up. */
export function moved(questions: readonly AskedQuestion[], index: number): AskedQuestion[] {
  const next = [...questions];
  const [taken] = next.splice(index, 1);
  if (taken !== undefined) next.splice(index - 1, 0, taken);
  return next;
}
