// What fingers, wheels and mice mean. Knows nothing of seats: it tells the one who listens in words of a map.

export interface Gestured {
  pan(dx: number, dy: number): void;
  /** About a point, by a factor. */
  zoom(factor: number, x: number, y: number): void;
  fling(vx: number, vy: number): void;
  tap(x: number, y: number, isTouch: boolean): void;
  doubleTap(x: number, y: number): void;
  /** A mouse rests here; null when it left. */
  hover(at: { x: number; y: number } | null): void;
  touched(): void;
}

const DRAG_PX = { touch: 8, mouse: 4 };
const DOUBLE_MS = 300;
const DOUBLE_PX = 30;
const REMEMBERED_MS = 90;
const WHEEL_STEP = 0.0022;
const PINCH_WHEEL_STEP = 0.011;

interface Finger {
  x: number;
  y: number;
}

/** Listens to an element until the answer is called. */
export function listenTo(at: HTMLElement, told: Gestured): () => void {
  const fingers = new Map<number, Finger>();
  let begun: { x: number; y: number; isDrag: boolean; wasPinch: boolean } | undefined;
  let trail: { x: number; y: number; at: number }[] = [];
  let lastTap: { x: number; y: number; at: number } | undefined;

  const place = (event: MouseEvent): Finger => {
    const box = at.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middle = (): Finger & { spread: number } => {
    const [a, b] = [...fingers.values()] as [Finger, Finger | undefined];
    if (b === undefined) return { ...a, spread: 0 };
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y) };
  };

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0 || fingers.size >= 2) return;
    at.setPointerCapture?.(event.pointerId);
    fingers.set(event.pointerId, place(event));
    told.touched();
    trail = [];
    const { x, y } = middle();
    if (fingers.size === 1) begun = { x, y, isDrag: false, wasPinch: false };
    else if (begun !== undefined) begun = { ...begun, isDrag: true, wasPinch: true };
  };

  const onMove = (event: PointerEvent) => {
    if (!fingers.has(event.pointerId)) {
      if (event.pointerType === "mouse") told.hover(place(event));
      return;
    }
    const before = middle();
    fingers.set(event.pointerId, place(event));
    const after = middle();
    if (begun === undefined) return;
    const least = event.pointerType === "mouse" ? DRAG_PX.mouse : DRAG_PX.touch;
    if (!begun.isDrag && Math.hypot(after.x - begun.x, after.y - begun.y) < least) return;
    if (!begun.isDrag) {
      // What was needed to know a drag from a tap is not made up for: the map begins where it is.
      begun.isDrag = true;
      told.hover(null);
      return;
    }
    told.pan(after.x - before.x, after.y - before.y);
    if (before.spread > 0 && after.spread > 0) told.zoom(after.spread / before.spread, after.x, after.y);
    trail.push({ x: after.x, y: after.y, at: event.timeStamp });
    if (trail.length > 12) trail.shift();
  };

  const onUp = (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId) || begun === undefined) return;
    if (fingers.size > 0) {
      trail = [];
      return;
    }
    const { x, y } = place(event);
    if (!begun.isDrag && event.type !== "pointercancel") tapped(x, y, event);
    else if (!begun.wasPinch) fling(event.timeStamp);
    begun = undefined;
  };

  const tapped = (x: number, y: number, event: PointerEvent) => {
    const isDouble =
      lastTap !== undefined &&
      event.timeStamp - lastTap.at < DOUBLE_MS &&
      Math.hypot(x - lastTap.x, y - lastTap.y) < DOUBLE_PX;
    lastTap = isDouble ? undefined : { x, y, at: event.timeStamp };
    if (isDouble) told.doubleTap(x, y);
    else told.tap(x, y, event.pointerType !== "mouse");
  };

  const fling = (now: number) => {
    const recent = trail.filter((each) => now - each.at < REMEMBERED_MS);
    const [first, last] = [recent[0], recent.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return;
    const ms = last.at - first.at;
    told.fling((last.x - first.x) / ms, (last.y - first.y) / ms);
  };

  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = place(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    // A pinch on a touchpad comes as a wheel with Ctrl.
    const step = event.ctrlKey ? PINCH_WHEEL_STEP : WHEEL_STEP;
    told.zoom(Math.exp(-event.deltaY * lines * step), x, y);
  };
  const onLeave = (event: PointerEvent) => {
    if (event.pointerType === "mouse") told.hover(null);
  };

  at.addEventListener("pointerdown", onDown);
  at.addEventListener("pointermove", onMove);
  at.addEventListener("pointerup", onUp);
  at.addEventListener("pointercancel", onUp);
  at.addEventListener("pointerleave", onLeave);
  at.addEventListener("wheel", onWheel, { passive: false });
  return () => {
    at.removeEventListener("pointerdown", onDown);
    at.removeEventListener("pointermove", onMove);
    at.removeEventListener("pointerup", onUp);
    at.removeEventListener("pointercancel", onUp);
    at.removeEventListener("pointerleave", onLeave);
    at.removeEventListener("wheel", onWheel);
  };
}
