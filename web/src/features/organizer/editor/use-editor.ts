import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { ArenaEvent } from "@/shared/api/contract";
import { ApiError, codeOf } from "@/shared/api/errors";
import { changeEvent, ownEventQuery, ownEventsKey, readEvent } from "../api";
import { changesOf, decide, type EventForm, type FieldName, formOf, merge } from "./form";

const AUTOSAVE_MS = 1_200;
const UNDO_MAX = 100;

export interface Conflict {
  fields: FieldName[];
  theirs: EventForm;
}
type Saving = "saved" | "open" | "busy" | "failed";

/**
 * An event being edited. A draft saves itself; what fans see is saved by a button. What somebody else changed meanwhile
 * is merged, and where both changed the same, a person decides.
 */
export function useEditor(event: ArenaEvent) {
  const client = useQueryClient();
  // What the server is known to have, and what is on the screen; refs, for a save that runs must see the newest.
  const base = useRef(event);
  const latest = useRef(formOf(event));
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
  const accept = (saved: ArenaEvent) => {
    base.current = saved;
    client.setQueryData(ownEventQuery(saved.id).queryKey, saved);
    void client.invalidateQueries({ queryKey: ownEventsKey(saved.organizationId) });
  };
  const send = async (sent: EventForm): Promise<void> => {
    const changes = changesOf(formOf(base.current), sent);
    if (changes === null) return;
    try {
      accept(await changeEvent(event.id, base.current.version, changes));
    } catch (failure) {
      if (codeOf(failure) !== "CONFLICT001") throw failure;
      const fresh = await readEvent(event.id);
      const merged = merge(formOf(base.current), sent, formOf(fresh));
      accept(fresh);
      show(merged.form);
      if (merged.conflicts.length === 0) return send(merged.form);
      setConflict({ fields: merged.conflicts, theirs: formOf(fresh) });
    }
  };
  const save = async (): Promise<void> => {
    clearTimeout(timer.current);
    if (isBusy.current) return;
    isBusy.current = true;
    setSaving("busy");
    setError(null);
    const sent = latest.current;
    try {
      await send(sent);
      const isDone = changesOf(formOf(base.current), latest.current) === null;
      setSaving(isDone ? "saved" : "open");
      setSavedAt(Date.now());
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
      setSaving("failed");
    } finally {
      isBusy.current = false;
    }
  };
  const later = () => {
    clearTimeout(timer.current);
    if (base.current.status === "DRAFT") timer.current = setTimeout(() => void save(), AUTOSAVE_MS);
  };
  const change = (patch: Partial<EventForm>) => {
    setPast((before) => [...before, latest.current].slice(-UNDO_MAX));
    show({ ...latest.current, ...patch });
    setSaving("open");
    later();
  };
  const undo = () => {
    const before = past.at(-1);
    if (before === undefined) return;
    setPast(past.slice(0, -1));
    show(before);
    setSaving("open");
    later();
  };
  /** Takes theirs for these fields, mine for the others, and saves. */
  const settle = (takeTheirs: readonly FieldName[]) => {
    if (conflict === null) return;
    show(decide(latest.current, conflict.theirs, takeTheirs));
    setConflict(null);
    void save();
  };
  return { form, change, undo, canUndo: past.length > 0, save, saving, savedAt, error, conflict, settle };
}

export type Editor = ReturnType<typeof useEditor>;
