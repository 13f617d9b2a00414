import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./field";

/** A whole number within bounds; an empty field is none, where that is allowed. */
export function CountInput({
  id,
  label,
  value,
  min,
  max,
  hint,
  onChange,
}: {
  id: string;
  label: string;
  value: number | null;
  min: number;
  max: number;
  hint?: string;
  onChange: (value: number | null) => void;
}) {
  const { t } = useTranslation();
  const isWithin = (text: string) => {
    const number = Number(text);
    return Number.isInteger(number) && number >= min && number <= max;
  };
  const [typed, setTyped] = useState<string | null>(null);
  const isWrong = typed !== null && typed.trim() !== "" && !isWithin(typed);
  return (
    <Field
      id={id}
      label={label}
      hint={hint}
      error={isWrong ? t("asked.between", { min, max }) : undefined}
      inputMode="numeric"
      value={typed ?? (value === null ? "" : String(value))}
      onChange={({ target }) => {
        setTyped(target.value);
        if (target.value.trim() === "") onChange(null);
        else if (isWithin(target.value)) onChange(Number(target.value));
      }}
      // What is no such number stays, so that one reads why it was not taken.
      onBlur={() => setTyped(isWrong ? typed : null)}
    />
  );
}
