import { requestWithMeta } from "./client";

const PAGE = 100;
const PAGES_MAX = 20;

/** A list to its end, a page after the other: for what is chosen from or called by its name. At most 2,000. */
export async function allPages<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const found: T[] = [];
  const joint = path.includes("?") ? "&" : "?";
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const { data, meta } = await requestWithMeta<T[]>(`${path}${joint}limit=${PAGE}&page=${page}`, {
      signal,
      auth: "required",
    });
    found.push(...data);
    if (data.length < PAGE || found.length >= (meta.total ?? 0)) break;
  }
  return found;
}
