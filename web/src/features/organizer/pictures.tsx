import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { request } from "@/shared/api/client";
import type { Picture as Media, PictureUpload } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { sendFile } from "@/shared/api/transport";
import { useFormat } from "@/shared/i18n/format";
import { Icon } from "@/shared/ui/icon";
import { Picture } from "@/shared/ui/picture";
import { Busy, ErrorCode, Note } from "@/shared/ui/states";
import { Sure } from "./sure";

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif"];
const BYTES_MAX = 10_000_000;
const attempts = new AttemptKeys();

type Wrong = "type" | "size";

/** The pictures of an event or a venue: sent where the server says, shown once it has made their sizes. */
export function Pictures({
  of,
  name,
  pictures,
  changed,
}: {
  of: { kind: "events" | "venues"; id: string };
  name: string;
  pictures: readonly Media[];
  changed: () => unknown;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const [wrong, setWrong] = useState<Wrong | null>(null);
  const path = `/${of.kind}/${encodeURIComponent(of.id)}/media`;
  const add = useMutation({
    mutationFn: async (file: File) => {
      const body = { contentType: file.type, size: file.size };
      const idempotencyKey = attempts.keyFor([path, file.name, file.lastModified, body]);
      const awaited = await request<PictureUpload>(path, { method: "POST", body, idempotencyKey });
      const { url, method, headers } = awaited.upload;
      await sendFile(url, { method, headers, file });
      return request<Media>(`${path}/${awaited.mediaId}/complete`, { method: "POST" });
    },
    onSuccess: changed,
    onSettled: (_made, error) => attempts.settle(error),
  });
  const [asked, setAsked] = useState<string | null>(null);
  const drop = useMutation({
    mutationFn: (mediaId: string) => request<null>(`${path}/${mediaId}`, { method: "DELETE" }),
    onSettled: () => {
      setAsked(null);
      return changed();
    },
  });
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // The same file may be chosen again, after whatever was wrong with it.
    event.target.value = "";
    if (file === undefined) return;
    const found = !TYPES.includes(file.type) ? "type" : file.size > BYTES_MAX ? "size" : null;
    setWrong(found);
    if (found === null) add.mutate(file);
  };
  return (
    <section className="stack" aria-labelledby={`${id}-title`}>
      <h2 className="h2 shout" id={`${id}-title`}>
        {t("org.pictures.title")}
      </h2>
      <p className="s13 muted">{t("org.pictures.text")}</p>
      {pictures.length > 0 && (
        <ul className="org-pics">
          {pictures.map((media, n) => (
            <li key={media.mediaId}>
              <Picture media={media} alt={t("org.pictures.nth", { n: n + 1, name })} sizes="240px" />
              <button
                type="button"
                className="icon-btn"
                aria-label={t("org.pictures.drop", { n: n + 1 })}
                disabled={drop.isPending}
                onClick={() => setAsked(media.mediaId)}
              >
                <Icon name="x" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {asked !== null && (
        <Sure
          title={t("org.pictures.sure")}
          means={t("org.pictures.dropMeans")}
          words={t("org.code.drop")}
          isBusy={drop.isPending}
          act={() => drop.mutate(asked)}
          keep={() => setAsked(null)}
        />
      )}
      {wrong !== null && (
        <Note
          tone="no"
          title={t(`org.pictures.wrong.${wrong}`, { mb: format.number(BYTES_MAX / 1_000_000) })}
          live
        />
      )}
      <UploadError error={add.error ?? drop.error} />
      <label className="btn btn-line self-start" aria-busy={add.isPending}>
        {add.isPending ? (
          <Busy>{t("org.pictures.busy")}</Busy>
        ) : (
          <>
            <Icon name="plus" />
            {t("org.pictures.add")}
          </>
        )}
        <input
          type="file"
          className="sr"
          accept={TYPES.join(",")}
          disabled={add.isPending}
          onChange={choose}
        />
      </label>
    </section>
  );
}

function UploadError({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError)) return null;
  const isNoPicture = error.code === "VALIDATION001";
  const key = isNoPicture ? "picture" : error.code === "CONFLICT003" ? "many" : "other";
  return (
    <Note tone={error.status === 0 ? "off" : "no"} title={t(`org.pictures.wrong.${key}`)} live>
      {key === "other" && <ErrorCode error={error} />}
    </Note>
  );
}
