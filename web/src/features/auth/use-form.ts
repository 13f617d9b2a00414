import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/shared/api/errors";
import { type Complaint, complaintOf } from "./check";

type Values<Name extends string> = Record<Name, string>;
type Complaints<Name extends string> = Partial<Record<Name, Complaint | undefined>>;

/** Reads a form once it is sent, shows what is wrong beside the fields, and puts the focus on the first of them. */
export function useForm<Name extends string>(
  names: readonly Name[],
  check: (values: Values<Name>) => Complaints<Name>,
  send: (values: Values<Name>) => void,
  serverError: unknown,
) {
  const { t } = useTranslation();
  const [own, setOwn] = useState<Complaints<Name>>({});
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const values = Object.fromEntries(
      names.map((name) => [name, String(data.get(name) ?? "")]),
    ) as Values<Name>;
    const found = check(values);
    setOwn(found);
    setTouched(new Set());
    const firstWrong = names.find((name) => found[name] !== undefined);
    if (firstWrong === undefined) return send(values);
    const field = form.elements.namedItem(firstWrong);
    if (field instanceof HTMLElement) field.focus();
  };

  /** Our own complaint or the server's in the reader's words, until the field is changed. */
  const problem = (name: Name): string | undefined => {
    if (touched.has(name)) return undefined;
    const refused = serverError instanceof ApiError ? serverError.detail(name) : undefined;
    const key: Complaint | undefined = own[name] ?? (refused && complaintOf(name, refused.reason));
    return key && t(key);
  };

  const onInput = (name: Name) => () => setTouched((old) => new Set(old).add(name));
  return { onSubmit, problem, onInput };
}
