import { useState } from "react";
import { decimalOf, instantOf, localOf, minorOf } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";

/** An instant, on the clocks of the venue. */
export function TimeInput({
  id,
  label,
  value,
  timezone,
  hint,
  onChange,
}: {
  id: string;
  label: string;
  value: string | null;
  timezone: string;
  hint?: string;
  onChange: (iso: string | null) => void;
}) {
  return (
    <Field
      id={id}
      label={label}
      type="datetime-local"
      hint={hint}
      value={value === null ? "" : localOf(value, timezone)}
      onChange={({ target }) => onChange(target.value === "" ? null : instantOf(target.value, timezone))}
    />
  );
}

/** An amount as it is typed; only what is an amount is passed on. */
export function MoneyInput({
  id,
  label,
  value,
  currency,
  onChange,
}: {
  id: string;
  label: string;
  value: number;
  currency: string;
  onChange: (minor: number) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const isWrong = typed !== null && minorOf(typed, currency) === null;
  return (
    <input
      id={id}
      aria-label={label}
      aria-invalid={isWrong}
      className="input org-money num"
      inputMode="decimal"
      value={typed ?? decimalOf(value, currency)}
      onChange={({ target }) => {
        setTyped(target.value);
        const minor = minorOf(target.value, currency);
        if (minor !== null) onChange(minor);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
