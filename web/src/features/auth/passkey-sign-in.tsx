import { useMutation } from "@tanstack/react-query";
import { FormError } from "@/shared/ui/form-error";
import { Icon } from "@/shared/ui/icon";
import { useWhile } from "@/shared/ui/use-while";
import { canUsePasskeys, offersPasskeys, signInByPasskey } from "./passkey";

/** The field's own offer (conditional UI), and a button for who wants to be asked. */
export function PasskeySignIn({
  done,
  words,
  mfaToken,
}: {
  done: () => void;
  words: string;
  mfaToken?: string;
}) {
  const sign = useMutation({
    mutationKey: ["login", "passkey"],
    mutationFn: () => signInByPasskey(mfaToken === undefined ? {} : { mfaToken }),
    onSuccess: done,
  });
  useOffer(mfaToken === undefined && !sign.isPending, done);
  if (!canUsePasskeys()) return null;
  return (
    <>
      <FormError error={sign.error} />
      <button
        type="button"
        className="btn btn-line btn-lg btn-block"
        disabled={sign.isPending}
        onClick={() => sign.mutate()}
      >
        <Icon name="lock" className="i-s" />
        {words}
      </button>
    </>
  );
}

/** While nobody has pressed anything, a passkey chosen in the e-mail's field signs in. */
function useOffer(active: boolean, done: () => void): void {
  useWhile(active, async (signal) => {
    if (!(await offersPasskeys()) || signal.aborted) return;
    try {
      await signInByPasskey({ mediation: "conditional", signal });
      done();
    } catch {
      // Nobody chose one, or it was not taken: the form is there.
    }
  });
}
