import { useTranslation } from "react-i18next";

/** One bar, three parts: sold, held, left. */
export function Tide({ sold, held, capacity }: { sold: number; held: number; capacity: number }) {
  const { t } = useTranslation();
  const share = (part: number) => (capacity > 0 ? Math.round((part / capacity) * 100) : 0);
  const [soldShare, heldShare] = [share(sold), share(held)];
  const label = t("tide.label", {
    sold: soldShare,
    held: heldShare,
    left: Math.max(0, 100 - soldShare - heldShare),
  });
  return (
    <div className="tide" role="img" aria-label={label}>
      <i className="sold" style={{ width: `${soldShare}%` }} />
      <i className="held" style={{ width: `${heldShare}%` }} />
      <i className="left" />
    </div>
  );
}
