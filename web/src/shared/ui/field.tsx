import type { InputHTMLAttributes, Ref } from "react";
import { Icon } from "./icon";

type Props = InputHTMLAttributes<HTMLInputElement> & {
  id: string;
  label: string;
  error?: string | undefined;
  hint?: string | undefined;
  inputRef?: Ref<HTMLInputElement>;
};

export function Field({ id, label, error, hint, inputRef, ...input }: Props) {
  const described = [error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`].filter(
    Boolean,
  );
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        name={id}
        {...input}
        id={id}
        ref={inputRef}
        className="input"
        aria-invalid={error !== undefined}
        aria-describedby={described.length > 0 ? described.join(" ") : undefined}
      />
      {hint !== undefined && error === undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p className="err" id={`${id}-error`}>
          <Icon name="alert" className="i-s" />
          {error}
        </p>
      )}
    </div>
  );
}
