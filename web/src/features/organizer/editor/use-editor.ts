import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { ArenaEvent } from "@/shared/api/contract";
import { ApiError, codeOf } from "@/shared/api/errors";
import { useHeard } from "@/shared/ui/use-heard";
import { changeEvent, ownEventQuery, ownEventsKey, readEvent } from "../api";
import { changesOf, decide, type EventForm, type FieldName, formOf, merge, rebased, stepBack } from "./form";

const AUTOSAVE_MS = 1_200;
const UNDO_MAX = 100;

export interface Conflict {
  fields: FieldName[];
  theirs: EventForm;
}
type Saving = "saved" | "open" | "busy" | "failed";

/**
 * An event being edited. A draft saves itself; what fans see is saved by a button. What somebody else changed meanwhile
 * is merged, and where both changed the same, a person decides: until then nothing is sent.
 */
export function useEditor(event: ArenaEvent) {
  const client = useQueryClient();
  // What the server is known to have, and what is on the screen; refs, for a save that runs must see the newest.
  const base = useRef(event);
  const latest = useRef(formOf(event));
  const open = useRef<Conflict | null>(null);
  const [form, setForm] = useState(latest.current);
  const [past, setPast] = useState<EventForm[]>([]);
  const [saving, setSaving] = useState<Saving>("saved");
  const [savedAt, setSavedAt] = useState<number | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const isBusy = useRef(false);

  const show = (next: EventForm) => {
    latest.current = next;
    setForm(next);
  };
  const ask = (next: Conflict | null) => {
    open.current = next;
    setConflict(next);
  };
  const isOpen = () => changesOf(formOf(base.current), latest.current) !== null;
  const accept = (saved: ArenaEvent) => {
    // An answer that comes late says what was so before.
    if (saved.version < base.current.version) return;
    base.current = saved;
    client.setQueryData(ownEventQuery(saved.id).queryKey, saved);
    void client.invalidateQueries({ queryKey: ownEventsKey(saved.organizationId) });
  };
  /** What somebody else, or another part of this page, wrote meanwhile: joined with what is on the screen now. */
  const meet = (fresh: ArenaEvent) => {
    const before = formOf(base.current);
    const theirs = formOf(fresh);
    const merged = merge(before, latest.current, theirs);
    setPast((all) => all.map((form) => rebased(form, before, theirs)));
    base.current = fresh;
    show(merged.form);
    const fields = [...new Set([...(open.current?.fields ?? []), ...merged.conflicts])];
    if (fields.length > 0) ask({ fields, theirs });
  };
  const send = async (): Promise<void> => {
    const changes = changesOf(formOf(base.current), latest.current);
    if (changes === null) return;
    try {
      accept(await changeEvent(event.id, base.current.version, changes));
    } catch (failure) {
      if (codeOf(failure) !== "CONFLICT001") throw failure;
      const fresh = await readEvent(event.id);
      meet(fresh);
      accept(fresh);
      if (open.current === null) await send();
    }
  };
  const save = async (): Promise<void> => {
    clearTimeout(timer.current);
    if (isBusy.current || open.current !== null) return;
    isBusy.current = true;
    setSaving("busy");
    setError(null);
    const begun = latest.current;
    try {
      await send();
      setSaving(isOpen() ? "open" : "saved");
      setSavedAt(Date.now());
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
      setSaving("failed");
    } finally {
      isBusy.current = false;
      // What was typed meanwhile found a save under way.
      if (latest.current !== begun && isOpen()) later();
    }
  };
  const later = () => {
    clearTimeout(timer.current);
    if (base.current.status !== "DRAFT" || open.current !== null) return;
    timer.current = setTimeout(() => void save(), AUTOSAVE_MS);
  };
  const edit = (next: EventForm) => {
    show(next);
    setSaving("open");
    later();
  };
  const change = (patch: Partial<EventForm>) => {
    setPast((before) => [...before, latest.current].slice(-UNDO_MAX));
    edit({ ...latest.current, ...patch });
  };
  const back = stepBack(past, form);
  const undo = () => {
    if (back === null) return;
    setPast(back.before);
    edit(back.form);
  };
  /** Takes theirs for these fields, mine for the others, and saves. */
  const settle = (takeTheirs: readonly FieldName[]) => {
    if (conflict === null) return;
    show(decide(latest.current, conflict.theirs, takeTheirs));
    ask(null);
    void save();
  };
  // Published, paused or filled by another part of the page, or read anew: its status and version are these from now on.
  useHeard(event, (seen) => {
    if (seen.version > base.current.version) meet(seen);
  });
  return {
    form,
    change,
    undo,
    canUndo: back !== null,
    save,
    saving,
    savedAt,
    error,
    conflict,
    settle,
    /** What would be lost by leaving: a draft that is only waiting for its turn is saved all the same. */
    isAtRisk: conflict !== null || saving === "failed" || (saving === "open" && event.status !== "DRAFT"),
  };
}

export type Editor = ReturnType<typeof useEditor>;
