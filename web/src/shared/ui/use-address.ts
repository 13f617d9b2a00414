import { useSearchParams } from "react-router";
import { useStable } from "./use-stable";

/** What is looked at stands in the address, so that it can be sent to somebody; null takes a word out of it. */
export function useAddress() {
  const [address, setAddress] = useSearchParams();
  const put = useStable((words: Record<string, string | null>) => {
    const next = new URLSearchParams(address);
    for (const [name, value] of Object.entries(words)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    setAddress(next, { replace: true });
  });
  return [address, put] as const;
}
