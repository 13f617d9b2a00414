import type { AskedForm, FilledTicket, OrderAnswers, Question } from "../api/contract";

/** What somebody typed for an order or one of its tickets; nothing is judged yet. */
export interface Draft {
  name: string;
  answers: Readonly<Record<string, string | boolean>>;
}
export type Problem = "missing" | "number" | "low" | "high";
type Scope = Question["scope"];
type Value = boolean | number | string;

/** Under which key a problem with the holder's name stands, beside the questions' ids. */
export const NAME = "name";

export const askedOf = (form: AskedForm, scope: Scope): Question[] =>
  form.questions.filter((each) => each.scope === scope && !each.retired);

export const isAsked = (form: AskedForm): boolean =>
  form.holderNames || form.questions.some((each) => !each.retired);

/** Nothing is left to answer, and something was: where nothing must be, it is asked all the same. */
export const isAnswered = ({ complete, answers, tickets }: OrderAnswers): boolean =>
  complete &&
  [answers, ...tickets.map((each) => ({ ...each.answers, ...(each.name && { name: each.name }) }))].some(
    (given) => Object.keys(given).length > 0,
  );

export function draftOf(given: { name?: string | null; answers: Record<string, Value> } | undefined): Draft {
  const answers = Object.entries(given?.answers ?? {}).map(([id, value]) => [
    id,
    typeof value === "number" ? String(value) : value,
  ]);
  return { name: given?.name ?? "", answers: Object.fromEntries(answers) };
}

export const isBlank = (draft: Draft): boolean =>
  draft.name.trim() === "" &&
  Object.values(draft.answers).every((value) => value === false || String(value).trim() === "");

/** What must be mended before it is sent, by question. */
export function problemsOf(form: AskedForm, scope: Scope, draft: Draft): Record<string, Problem> {
  const found: Record<string, Problem> = {};
  if (form.holderNames && scope === "TICKET" && draft.name.trim() === "") found[NAME] = "missing";
  for (const question of askedOf(form, scope)) {
    const problem = problemWith(question, draft.answers[question.id]);
    if (problem !== null) found[question.id] = problem;
  }
  return found;
}

function problemWith(question: Question, typed: string | boolean | undefined): Problem | null {
  const isOpen = typed === undefined || typed === false || (typeof typed === "string" && typed.trim() === "");
  if (isOpen) return question.required ? "missing" : null;
  if (question.kind !== "NUMBER") return null;
  const number = Number(typed);
  if (!Number.isInteger(number)) return "number";
  if (question.minimum !== null && number < question.minimum) return "low";
  return question.maximum !== null && number > question.maximum ? "high" : null;
}

/** As it is sent; what was left empty is left out. */
export function filledOf(form: AskedForm, scope: Scope, draft: Draft): FilledTicket {
  const answers: Record<string, Value> = {};
  for (const { id, kind } of askedOf(form, scope)) {
    const typed = draft.answers[id];
    if (typeof typed === "boolean") answers[id] = typed;
    else if (typed !== undefined && typed.trim() !== "")
      answers[id] = kind === "NUMBER" ? Number(typed) : typed.trim();
  }
  const isNamed = form.holderNames && scope === "TICKET";
  return isNamed ? { name: draft.name.trim(), answers } : { answers };
}
