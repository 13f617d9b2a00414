import { type FormEvent, useState } from "react";

/** Words that are looked for once they are typed to the end. */
export function SearchField({
  id,
  label,
  value,
  search,
}: {
  id: string;
  label: string;
  value: string;
  search: (words: string) => void;
}) {
  const [words, setWords] = useState(value);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    search(words.trim());
  };
  return (
    <form className="field grow" role="search" onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="search"
        className="input"
        value={words}
        onChange={({ target }) => setWords(target.value)}
        onBlur={() => words.trim() !== value && search(words.trim())}
      />
    </form>
  );
}
