import { useEffect, useRef } from "react";
import { getSocket } from "./socket";

/** Listens to one message name for as long as the component is there. */
export function useSocketEvent<T>(name: string, handle: (message: T) => void): void {
  const latest = useRef(handle);
  latest.current = handle;
  useEffect(() => {
    const socket = getSocket();
    const listener = (message: T) => latest.current(message);
    socket.on(name, listener);
    return () => {
      socket.off(name, listener);
    };
  }, [name]);
}
