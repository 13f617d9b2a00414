import { useEffect, useRef, useState } from "react";
import { Icon } from "./icon";
import { useStable } from "./use-stable";

export interface Shortcut {
  /** One letter after `g`, as in go. */
  key: string;
  label: string;
  go: () => void;
}
interface Words {
  title: string;
  search: string;
  help: string;
  close: string;
  /** Single keys trip up who dictates, or whose hands tremble: they can be switched off. */
  on: string;
}

const KEPT = "arenapulse.shortcuts";
const PAUSE_MS = 1_500;

/** `g` and a letter goes somewhere, `/` to the search, `?` shows all of them. */
export function Shortcuts({ list, words }: { list: readonly Shortcut[]; words: Words }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOn, setOn] = useState(read);
  const begun = useRef(0);
  const press = useStable((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    if (event.key === "?") return show(event);
    if (!isOn) return;
    if (event.key === "/") return search(event);
    const isSecond = event.timeStamp - begun.current < PAUSE_MS;
    begun.current = event.key === "g" && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY;
    if (isSecond) list.find(({ key }) => key === event.key)?.go();
  });
  const show = (event?: Event) => {
    event?.preventDefault();
    dialog.current?.showModal();
  };
  useEffect(() => {
    begun.current = Number.NEGATIVE_INFINITY;
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [press]);
  const toggle = () => {
    setOn(!isOn);
    try {
      localStorage.setItem(KEPT, isOn ? "off" : "on");
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
  };
  return (
    <>
      <button type="button" className="btn btn-quiet btn-sm only-d keys-open" onClick={() => show()}>
        <kbd>?</kbd>
        {words.title}
      </button>
      <dialog ref={dialog} className="ask" aria-labelledby="keys-title">
        <div className="row">
          <h2 className="h3 grow" id="keys-title">
            {words.title}
          </h2>
          <button
            type="button"
            className="icon-btn"
            aria-label={words.close}
            onClick={() => dialog.current?.close()}
          >
            <Icon name="x" />
          </button>
        </div>
        <dl className="keys-list">
          {list.map(({ key, label }) => (
            <div key={key}>
              <dt>
                <kbd>g</kbd> <kbd>{key}</kbd>
              </dt>
              <dd>{label}</dd>
            </div>
          ))}
          <div>
            <dt>
              <kbd>/</kbd>
            </dt>
            <dd>{words.search}</dd>
          </div>
          <div>
            <dt>
              <kbd>?</kbd>
            </dt>
            <dd>{words.help}</dd>
          </div>
        </dl>
        <button type="button" role="switch" className="switch-row" aria-checked={isOn} onClick={toggle}>
          <span className="grow text-left">{words.on}</span>
          <span className="switch" />
        </button>
      </dialog>
    </>
  );
}

function read(): boolean {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

function search(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (field === null) return;
  event.preventDefault();
  field.focus();
}
