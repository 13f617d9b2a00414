import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { meQuery } from "@/shared/api/me";
import { useFormat } from "@/shared/i18n/format";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { addNote, notesQuery } from "./api";

const attempts = new AttemptKeys();
const LENGTH_MAX = 2_000;

/** What the organizer's people should know of an order. */
export function Notes({ orderId }: { orderId: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const notes = useQuery(notesQuery(orderId));
  const me = useQuery(meQuery).data;
  const [text, setText] = useState("");
  const write = useMutation({
    mutationFn: (said: string) => addNote(orderId, said, attempts.keyFor([orderId, said])),
    onSuccess: () => {
      attempts.settle();
      setText("");
      return client.invalidateQueries({ queryKey: notesQuery(orderId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") write.mutate(text.trim());
  };
  return (
    <section className="stack" aria-label={t("org.notes.title")}>
      <h3 className="label">{t("org.notes.title")}</h3>
      {notes.isError && (
        <LoadError error={notes.error} what={t("org.notes.error")} retry={() => void notes.refetch()} />
      )}
      {notes.data && notes.data.length > 0 && (
        <ul className="stack gap-3">
          {notes.data.map((note) => (
            <li key={note.noteId}>
              <p className="s13 muted num">
                {format.when(note.at)}
                {note.by === me?.userId && ` · ${t("org.notes.you")}`}
              </p>
              <p className="whitespace-pre-wrap wrap-anywhere">{note.text}</p>
            </li>
          ))}
        </ul>
      )}
      <form className="stack" onSubmit={submit}>
        <div className="field">
          <label htmlFor={`note-${orderId}`}>{t("org.notes.new")}</label>
          <textarea
            id={`note-${orderId}`}
            className="input"
            value={text}
            maxLength={LENGTH_MAX}
            onChange={({ target }) => setText(target.value)}
          />
          <p className="hint">{t("org.notes.hint")}</p>
        </div>
        {write.isError && <Note tone="no" title={t("org.notes.failed")} live />}
        <button
          type="submit"
          className="btn btn-line justify-self-start"
          disabled={text.trim() === "" || write.isPending}
        >
          {write.isPending ? <Busy>{t("org.notes.busy")}</Busy> : t("org.notes.do")}
        </button>
      </form>
    </section>
  );
}
