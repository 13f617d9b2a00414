import { memo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useCamera } from "@/shared/gate/use-camera";

export const Camera = memo(function Camera({ onCode }: { onCode: (text: string) => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const state = useCamera(video, onCode);
  return (
    <>
      <video ref={video} className="gate-video" muted playsInline aria-label={t("gate.camera")} />
      {state === "refused" ? (
        <p className="gate-hint">{t("gate.noCamera")}</p>
      ) : (
        <div className="gate-frame" aria-hidden="true" />
      )}
    </>
  );
});
