import { useTranslation } from "react-i18next";
import type { NewVenue } from "@/shared/api/contract";
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
    country: place.country.toUpperCase(),
    lat: Number(place.lat.replace(",", ".")),
    lng: Number(place.lng.replace(",", ".")),
  },
});

export function PlaceFields({
  id,
  place,
  change,
}: {
  id: string;
  place: Place;
  change: (place: Place) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="org-pair">
      {FIELDS.map((field) => (
        <Field
          key={field}
          id={`${id}-${field}`}
          label={t(`org.place.${field}`)}
          value={place[field]}
          required={field !== "address"}
          onChange={({ target }) => change({ ...place, [field]: target.value })}
        />
      ))}
    </div>
  );
}
