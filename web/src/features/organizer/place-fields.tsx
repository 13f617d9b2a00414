import { type InputHTMLAttributes, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ErrorDetail, NewVenue } from "@/shared/api/contract";
import { ApiError } from "@/shared/api/errors";
import { Field } from "@/shared/ui/field";

const FIELDS = ["name", "address", "city", "country", "lat", "lng", "timezone"] as const;

/** What a venue is called and where it is, as it is typed. */
export type Place = Record<(typeof FIELDS)[number], string>;

export const placeOf = ({ name, location }: Pick<NewVenue, "name" | "location">): Place => ({
  ...location,
  name,
  lat: String(location.lat),
  lng: String(location.lng),
});

export const fromPlace = ({ name, ...place }: Place): Pick<NewVenue, "name" | "location"> => ({
  name,
  location: {
    ...place,
    country: place.country.trim().toUpperCase(),
    lat: Number(place.lat.replace(",", ".")),
    lng: Number(place.lng.replace(",", ".")),
  },
});

/** What a field takes, said by the browser beside it before anything is sent. */
const TAKES: Partial<Record<keyof Place, Omit<InputHTMLAttributes<HTMLInputElement>, "id">>> = {
  country: { pattern: "\\s*[A-Za-z]{2}\\s*", maxLength: 4, autoCapitalize: "characters" },
  lat: { pattern: "\\s*-?[0-9]{1,2}([.,][0-9]+)?\\s*", inputMode: "decimal" },
  lng: { pattern: "\\s*-?[0-9]{1,3}([.,][0-9]+)?\\s*", inputMode: "decimal" },
};
const HINTED = ["country", "lat", "lng"] as const;
const isHinted = (field: string): field is (typeof HINTED)[number] => HINTED.includes(field as never);
const ZONES = Intl.supportedValuesOf?.("timeZone") ?? [];

export function PlaceFields({
  id,
  place,
  change,
  refused,
}: {
  id: string;
  place: Place;
  change: (place: Place) => void;
  /** What the server answered, if it did: fields that it named say so until they are changed. */
  refused?: unknown;
}) {
  const { t } = useTranslation();
  const [mended, setMended] = useState<{ since: unknown; fields: string[] }>({ since: null, fields: [] });
  const done = mended.since === refused ? mended.fields : [];
  const isWrong = (field: keyof Place) => !done.includes(field) && namedIn(refused, field);
  return (
    <div className="org-pair">
      {FIELDS.map((field) => (
        <Field
          key={field}
          id={`${id}-${field}`}
          label={t(`org.place.${field}`)}
          value={place[field]}
          required={field !== "address"}
          {...(isHinted(field) && {
            hint: t(`org.placeHint.${field}`),
            title: t(`org.placeHint.${field}`),
          })}
          error={isWrong(field) ? t(`org.placeWrong.${field}`) : undefined}
          {...TAKES[field]}
          {...(field === "timezone" && { list: `${id}-zones` })}
          onChange={({ target }) => {
            setMended({ since: refused, fields: [...done, field] });
            change({ ...place, [field]: target.value });
          }}
        />
      ))}
      <datalist id={`${id}-zones`}>
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </div>
  );
}

const pathOf = (field: keyof Place): string => (field === "name" ? field : `location.${field}`);

const namedIn = (error: unknown, field: keyof Place): boolean =>
  error instanceof ApiError && error.detail(pathOf(field)) !== undefined;

/** What of a refusal stands beside no field. */
export const elsewhere = (error: unknown): ErrorDetail[] =>
  error instanceof ApiError
    ? error.details.filter(({ field }) => !FIELDS.some((own) => pathOf(own) === field))
    : [];
