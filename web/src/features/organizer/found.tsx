import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/shared/api/errors";
import { meQuery } from "@/shared/api/me";
import { Field } from "@/shared/ui/field";
import { Busy } from "@/shared/ui/states";
import { foundOrganization } from "./api";

/** Whoever belongs to no organization may found one. */
export function Found() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [state, setState] = useState<"rest" | "busy" | "failed">("rest");
  const key = useRef(crypto.randomUUID());
  const found = async (event: FormEvent) => {
    event.preventDefault();
    setState("busy");
    try {
      await foundOrganization(name, key.current);
      await client.invalidateQueries({ queryKey: meQuery.queryKey });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState("failed");
    }
  };
  return (
    <form className="card pad stack max-w-[520px]" onSubmit={found}>
      <h2 className="h3">{t("org.found.title")}</h2>
      <p className="muted">{t("org.found.text")}</p>
      <Field
        id="organization-name"
        label={t("org.found.name")}
        value={name}
        maxLength={200}
        required
        error={state === "failed" ? t("org.found.failed") : undefined}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="btn btn-flood" disabled={state === "busy" || name.trim() === ""}>
        {state === "busy" ? <Busy>{t("org.found.busy")}</Busy> : t("org.found.do")}
      </button>
    </form>
  );
}
