import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Icon } from "@/shared/ui/icon";

/** Looks for what is typed, and keeps it in the address. */
export function SearchField({ id, label }: { id: string; label: string }) {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const q = address.get("q") ?? "";
  const [words, setWords] = useState(q);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const next = new URLSearchParams(address);
    if (words.trim() === "") next.delete("q");
    else next.set("q", words.trim());
    setAddress(next, { replace: true });
  };
  return (
    <form className="row items-end" role="search" onSubmit={submit}>
      <div className="field grow">
        <label htmlFor={id}>{label}</label>
        <input
          id={id}
          type="search"
          className="input"
          data-search
          value={words}
          maxLength={100}
          onChange={({ target }) => setWords(target.value)}
        />
      </div>
      <button type="submit" className="btn btn-solid" aria-label={t("adm.seek")}>
        <Icon name="search" />
      </button>
    </form>
  );
}
