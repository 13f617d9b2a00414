import { type ReactNode, useId } from "react";
import { Icon } from "./icon";

/** More about something in a list, over the page: the browser's own dialog keeps the focus, Escape closes it. */
export function Drawer({
  title,
  closing,
  close,
  children,
}: {
  title: string;
  closing: string;
  close: () => void;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <dialog ref={show} className="ask drawer" aria-labelledby={id} onClose={close}>
      <div className="row">
        <h2 className="h3 grow drawer-title" id={id}>
          {title}
        </h2>
        <button type="button" className="icon-btn" aria-label={closing} onClick={close}>
          <Icon name="x" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

function show(dialog: HTMLDialogElement | null): void {
  if (dialog !== null && !dialog.open) dialog.showModal();
}
