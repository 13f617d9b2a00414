import { type FormEvent, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/shared/ui/icon";

const CODE_CHARACTERS_MAX = 64;

/** A quiet way to a promo code: a button, then a form, then the code itself, which a press takes away. */
export function PromoCode({ code, change }: { code: string | null; change: (code: string | null) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  // Each step takes the place of the one that was pressed, and the focus with it; none takes it unasked.
  const isPressed = useRef(false);
  const follow = useCallback((at: HTMLElement | null) => {
    if (isPressed.current) at?.focus();
  }, []);
  const turn = (open: boolean) => {
    isPressed.current = true;
    setOpen(open);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("promoCode") ?? "").trim();
    turn(false);
    if (typed !== "") change(typed);
  };

  if (code !== null)
    return (
      <button
        ref={follow}
        type="button"
        className="chip max-w-full justify-self-start"
        aria-label={t("promo.remove", { code })}
        onClick={() => {
          turn(false);
          change(null);
        }}
      >
        <span className="trunc max-w-36" title={code}>
          {code}
        </span>
        <Icon name="x" className="i-s" />
      </button>
    );
  if (!isOpen)
    return (
      <button
        ref={follow}
        type="button"
        className="btn btn-quiet btn-sm max-lg:-my-1.5 -ml-3 justify-self-start"
        onClick={() => turn(true)}
      >
        <Icon name="plus" className="i-s" />
        {t("promo.add")}
      </button>
    );
  return (
    <form className="row basis-full" onSubmit={submit}>
      <div className="affix grow">
        <input
          ref={follow}
          className="input pl-3.5 pr-13"
          name="promoCode"
          aria-label={t("promo.label")}
          placeholder={t("promo.label")}
          maxLength={CODE_CHARACTERS_MAX}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        <button
          type="button"
          className="icon-btn end"
          aria-label={t("promo.cancel")}
          onClick={() => turn(false)}
        >
          <Icon name="x" className="i-s" />
        </button>
      </div>
      <button type="submit" className="btn btn-line">
        {t("promo.apply")}
      </button>
    </form>
  );
}
