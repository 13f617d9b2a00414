import { useTranslation } from "react-i18next";
import { useDesktop } from "@/shared/ui/use-media";
import { DesktopSide, DesktopStage } from "./event-desktop";
import { type EventViewProps, useEventModel } from "./event-model";
import { PhoneStage } from "./event-phone";

export function EventView(props: EventViewProps) {
  const model = useEventModel(props);
  const isDesktop = useDesktop();
  const { t } = useTranslation();
  if (!isDesktop) return <PhoneStage model={model} />;
  return (
    <>
      <main className="stage" id="main">
        <h2 className="sr">{t("event.seats")}</h2>
        <DesktopStage model={model} />
      </main>
      <DesktopSide model={model} />
    </>
  );
}
