import type { Venue } from "../api/contract";
import { groupBy } from "../group-by";

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
