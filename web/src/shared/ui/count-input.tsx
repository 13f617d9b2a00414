import { useState } from "react";
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
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Field
      id={id}
      label={label}
      hint={hint}
      inputMode="numeric"
      value={typed ?? (value === null ? "" : String(value))}
      onChange={({ target }) => {
        setTyped(target.value);
        const number = Number(target.value);
        if (target.value.trim() === "") onChange(null);
        else if (Number.isInteger(number) && number >= min && number <= max) onChange(number);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
