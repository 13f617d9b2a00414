import { useTranslation } from "react-i18next";

export function EventSkeleton() {
  const { t } = useTranslation();
  return (
    <>
      <main className="stage max-lg:row-span-3" id="main" aria-busy="true">
        <p className="sr" role="status">
          {t("event.loading")}
        </p>
        <div className="map grid min-h-[60dvh] place-items-center">
          <div className="sk h-[60%] w-[70%] rounded-[40%]" />
        </div>
      </main>
      <aside className="side only-d">
        <div className="sk h-[92px] rounded-none" />
        <div className="side-in">
          <div className="sk h-8 w-[80%]" />
          <div className="sk h-4 w-[60%]" />
          <div className="sk h-12 w-full" />
        </div>
      </aside>
    </>
  );
}
