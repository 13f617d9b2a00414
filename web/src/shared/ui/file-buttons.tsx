import { useMutation } from "@tanstack/react-query";
import { requestBytes } from "../api/client";
import { Icon } from "./icon";
import { saveAs } from "./save-as";
import { GuardOf } from "./step-up";

export interface FileOffer {
  path: string;
  name: string;
  type: string;
  words: string;
}
export const FILE_TYPES = {
  csv: "text/csv",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  parquet: "application/vnd.apache.parquet",
} as const;

/** The same as a file. Who signed in long ago is asked again first, and then has it. */
export function FileButtons({ files }: { files: readonly FileOffer[] }) {
  const file = useMutation({
    mutationFn: async ({ path, name, type }: FileOffer) => saveAs(name, await requestBytes(path), type),
  });
  return (
    <div className="stack">
      <div className="row flex-wrap">
        {files.map((offer) => (
          <button
            key={offer.path}
            type="button"
            className="btn btn-line btn-sm"
            disabled={file.isPending}
            onClick={() => file.mutate(offer)}
          >
            <Icon name="download" className="i-s" />
            {offer.words}
          </button>
        ))}
      </div>
      <GuardOf change={file} />
    </div>
  );
}
