import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { requestBytes } from "../api/client";
import { saveAs } from "./save-as";

/** A PDF to keep, as whoever is signed in may see it; what went wrong is said beside the button. */
export function Paper(props: { path: string; name: string; words: string; label?: string }) {
  const { t } = useTranslation();
  const get = useMutation({
    mutationFn: async () => saveAs(`${props.name}.pdf`, await requestBytes(props.path), "application/pdf"),
  });
  return (
    <span className="row flex-wrap justify-self-start">
      <button
        type="button"
        className="btn btn-line"
        aria-label={props.label}
        disabled={get.isPending}
        onClick={() => get.mutate()}
      >
        {props.words}
      </button>
      {get.isError && (
        <span className="s13" role="alert">
          {t("error.paper")}
        </span>
      )}
    </span>
  );
}
