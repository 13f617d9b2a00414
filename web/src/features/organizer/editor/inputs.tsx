import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decimalOf, instantOf, localOf, minorOf } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";

/** An instant, on the clocks of the venue. */
export function TimeInput({
  id,
  label,
  value,
  timezone,
  hint,
  error,
  required,
  onChange,
}: {
  id: string;
  label: string;
  value: string | null;
  timezone: string;
  hint?: string;
  error?: string | undefined;
  required?: boolean;
  onChange: (iso: string | null) => void;
}) {
  return (
    <Field
      id={id}
      label={label}
      type="datetime-local"
      required={required}
      hint={hint}
      error={error}
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

/** A share in percent with at most two decimals, kept in basis points. */
export function PercentInput({
  id,
  label,
  value,
  hint,
  onChange,
}: {
  id: string;
  label: string;
  value: number;
  hint?: string;
  onChange: (basisPoints: number) => void;
}) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const isWrong = typed !== null && basisPointsOf(typed) === null;
  return (
    <Field
      id={id}
      label={label}
      hint={hint}
      inputMode="decimal"
      error={isWrong ? t("org.wrong.percent") : undefined}
      value={typed ?? String(value / 100)}
      onChange={({ target }) => {
        setTyped(target.value);
        const basisPoints = basisPointsOf(target.value);
        if (basisPoints !== null) onChange(basisPoints);
      }}
      onBlur={() => setTyped(isWrong ? typed : null)}
    />
  );
}

/** "8.1" or "8,1" as 810; null for what is no share. */
export function basisPointsOf(text: string): number | null {
  const found = /^(\d{1,3})(?:[.,](\d{0,2}))?$/.exec(text.trim());
  if (found === null) return null;
  const share = Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  return share <= 10_000 ? share : null;
}
