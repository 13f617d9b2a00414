import { useSearchParams } from "react-router";
import { useHeard } from "./use-heard";
import { useStable } from "./use-stable";

// The router shows a change only later, and who changes it next may be another part of the page: that builds on this one.
let pending: { from: string; next: URLSearchParams } | null = null;

/** What is looked at stands in the address, so that it can be sent to somebody; null takes a word out of it. */
export function useAddress() {
  const [address, setAddress] = useSearchParams();
  const shown = address.toString();
  useHeard(shown, () => {
    if (pending?.from !== shown) pending = null;
  });
  const put = useStable((words: Record<string, string | null>) => {
    const next = new URLSearchParams(pending?.from === shown ? pending.next : address);
    for (const [name, value] of Object.entries(words)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    pending = { from: shown, next };
    setAddress(next, { replace: true });
  });
  return [address, put] as const;
}
