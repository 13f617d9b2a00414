import { useEffect, useRef } from "react";
import { getWire } from "./connection";

/** Listens to one message name for as long as the component is there and `isOn`; no connection is opened before. */
export function useSocketEvent<T>(name: string, handle: (message: T) => void, isOn = true): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    if (!isOn) return;
    const wire = getWire();
    const listener = (message: T) => latest.current(message);
    wire.on(name, listener);
    return () => {
      wire.off(name, listener);
    };
  }, [name, isOn]);
}
