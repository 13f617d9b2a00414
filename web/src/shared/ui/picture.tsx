import type { EventCard, Venue } from "../api/contract";
import { groupBy } from "../group-by";

type Thumb = NonNullable<EventCard["picture"]>;
type Media = NonNullable<Venue["media"]>[number];

/** A picture in the smallest file that is sharp here, blurred until it is there. */
export function Picture({
  media,
  alt,
  sizes,
  className = "",
}: {
  media: Media;
  alt: string;
  sizes: string;
  className?: string;
}) {
  // Browsers take the first kind that they know, and the makers of the files put the best first.
  const kinds = groupBy(media.sources, (source) => source.contentType);
  return (
    <picture>
      {[...kinds].map(([type, sources]) => (
        <source
          key={type}
          type={type}
          sizes={sizes}
          srcSet={sources.map(({ url, width }) => `${url} ${width}w`).join(", ")}
        />
      ))}
      <img
        className={className}
        src={media.url}
        alt={alt}
        width={media.width}
        height={media.height}
        loading="lazy"
        decoding="async"
        style={{ background: `center / cover no-repeat url("${media.blur}")` }}
      />
    </picture>
  );
}

const KINDS = [
  ["avif", "image/avif"],
  ["webp", "image/webp"],
] as const;

/** The picture of a card, which says nothing that the card does not say in words. */
export function Thumb({ thumb, sizes }: { thumb: Thumb; sizes: string }) {
  const files = (ending: string) =>
    thumb.widths.map((width) => `${thumb.path}${width}.${ending} ${width}w`).join(", ");
  return (
    <picture>
      {KINDS.map(([ending, type]) => (
        <source key={type} type={type} sizes={sizes} srcSet={files(ending)} />
      ))}
      <img
        className="thumb"
        src={`${thumb.path}${thumb.widths.at(-1)}.jpg`}
        alt=""
        loading="lazy"
        decoding="async"
        style={{ background: `center / cover no-repeat url("${thumb.blur}")` }}
      />
    </picture>
  );
}
