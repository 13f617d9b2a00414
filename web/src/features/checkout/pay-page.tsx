import { type ReactNode, useRef } from "react";
import type { OrderResponse } from "@/shared/api/contract";
import { OfflineNote } from "@/shared/ui/states";
import { useOnline } from "@/shared/ui/use-media";
import { CheckoutHead } from "./checkout-head";
import type { Deadline } from "./clock";
import { Countdown } from "./countdown";
import { BankCheck, Processing } from "./in-flight";
import { ReleaseDialog } from "./release-dialog";
import type { Stage } from "./stage";

interface Parts {
  order: OrderResponse;
  deadline: Deadline;
  stage: Stage;
  /** Whose places they are. */
  name: string | undefined;
  summary: ReactNode;
  /** What is asked before it is paid, and the form; it may ask whether the places are to be given back. */
  form: (release: () => void) => ReactNode;
  cancel: { isPending: boolean; mutate: (nothing: undefined, then: { onSettled: () => void }) => void };
  authenticate: { isPending: boolean; mutate: (outcome: "pass" | "fail") => void };
  /** What became of it. */
  children: ReactNode;
}

/** The page on which an order is paid, of one evening or of a season: its head, its clock, its bank, its way out. */
export function PayPage({
  order,
  deadline,
  stage,
  name,
  summary,
  form,
  cancel,
  authenticate,
  children,
}: Parts) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isPaying = stage === "pay" || stage === "ending";
  return (
    <>
      <PayHead eventId={order.eventId} stage={stage}>
        {isPaying && <Countdown order={order} deadline={deadline} />}
      </PayHead>
      {isPaying && (
        <main className="co" id="main">
          {summary}
          <div className="pay">{form(() => dialog.current?.showModal())}</div>
          <ReleaseDialog
            dialog={dialog}
            deadline={deadline}
            isBusy={cancel.isPending}
            release={() => cancel.mutate(undefined, { onSettled: () => dialog.current?.close() })}
          />
        </main>
      )}
      {stage === "processing" && <Processing order={order} name={name} />}
      {stage === "action" && (
        <BankCheck order={order} isBusy={authenticate.isPending} answer={authenticate.mutate} />
      )}
      {children}
    </>
  );
}

/** The head, and what it says without a network; also while nothing else is there. */
export function PayHead({
  eventId,
  stage,
  children,
}: {
  eventId: string | undefined;
  stage: Stage | null;
  children?: ReactNode;
}) {
  const isOnline = useOnline();
  return (
    <>
      <CheckoutHead eventId={eventId} stage={stage}>
        {children}
      </CheckoutHead>
      {!isOnline && (
        <div className="center pt-4 pb-0">
          <OfflineNote />
        </div>
      )}
    </>
  );
}
