import type { Camera, Size } from "./camera";
import { pathOf } from "./paint-house";
import type { Palette } from "./palette";
import type { Chosen, Place } from "./place";
import type { Scene } from "./scene";

// What lies above all seats, on a canvas of its own: what is chosen, and where the keyboard is.

export function paintOver(
  draw: CanvasRenderingContext2D,
  {
    scene,
    camera,
    ratio,
    chosen,
    palette,
  }: { scene: Scene; camera: Camera; ratio: number; chosen: Chosen; palette: Palette },
): void {
  const { scale, x, y } = camera.view;
  draw.setTransform(1, 0, 0, 1, 0, 0);
  draw.clearRect(0, 0, draw.canvas.width, draw.canvas.height);
  const line = (path: Path2D, { colour, width }: { colour: string; width: number }) => {
    draw.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
    draw.strokeStyle = colour;
    draw.lineWidth = width / scale;
    draw.lineJoin = "round";
    draw.stroke(path);
  };
  const { section, focus } = chosen;
  const outline = section === null ? undefined : scene.sections[section]?.outline;
  if (outline !== undefined) {
    const path = pathOf(outline);
    line(path, { colour: palette.onFlood, width: 9 });
    line(path, { colour: palette.flood, width: 5 });
  }
  if (focus !== null) {
    const path = ringOf(scene, focus);
    if (path === undefined) return;
    line(path, { colour: palette.focusHalo, width: 7 });
    line(path, { colour: palette.focus, width: 3 });
  }
}

function ringOf(scene: Scene, focus: Place): Path2D | undefined {
  if (focus.kind === "section") {
    const outline = scene.sections[focus.section]?.outline;
    return outline && pathOf(outline);
  }
  const half = (scene.halves[scene.rowOf[focus.seat] as number] ?? 1) * 1.35;
  const path = new Path2D();
  path.rect(
    (scene.places[2 * focus.seat] as number) - half,
    (scene.places[2 * focus.seat + 1] as number) - half,
    2 * half,
    2 * half,
  );
  return path;
}

/** What of the small house stays while the view moves: its stands, drawn once. */
interface Still {
  picture: HTMLCanvasElement;
  scene: Scene;
  section: number | null;
  palette: Palette;
}
const stills = new WeakMap<HTMLCanvasElement, Still>();

/** The whole house, small, with the part that is on the screen. */
export function paintMini(
  canvas: HTMLCanvasElement,
  {
    scene,
    camera,
    chosen,
    palette,
    size,
    its,
  }: { scene: Scene; camera: Camera; chosen: Chosen; palette: Palette; size: Size; its: Size },
): void {
  const draw = canvas.getContext("2d");
  if (draw === null || its.width === 0) return;
  const [width, height] = [its.width * 2, its.height * 2];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const { left, top, right, bottom } = scene.bounds;
  const scale = Math.min((width - 16) / (right - left), (height - 16) / (bottom - top));
  const [x, y] = [(width - (left + right) * scale) / 2, (height - (top + bottom) * scale) / 2];
  const shown = { scene, section: chosen.section, palette };
  let still = stills.get(canvas);
  const isKept =
    still?.picture.width === width &&
    still.picture.height === height &&
    still.scene === scene &&
    still.section === shown.section &&
    still.palette === palette;
  if (still === undefined || !isKept) {
    still = { ...shown, picture: stillOf(shown, { width, height, scale, x, y }) };
    stills.set(canvas, still);
  }
  draw.setTransform(1, 0, 0, 1, 0, 0);
  draw.clearRect(0, 0, width, height);
  draw.drawImage(still.picture, 0, 0);
  draw.setTransform(scale, 0, 0, scale, x, y);
  const [x0, y0] = camera.toChart(0, 0);
  const [x1, y1] = camera.toChart(size.width, size.height);
  draw.strokeStyle = palette.ink;
  draw.lineWidth = 3 / scale;
  draw.strokeRect(x0, y0, x1 - x0, y1 - y0);
}

function stillOf(
  { scene, section, palette }: Omit<Still, "picture">,
  at: { width: number; height: number; scale: number; x: number; y: number },
): HTMLCanvasElement {
  const picture = document.createElement("canvas");
  picture.width = at.width;
  picture.height = at.height;
  const draw = picture.getContext("2d");
  if (draw === null) return picture;
  draw.setTransform(at.scale, 0, 0, at.scale, at.x, at.y);
  if (scene.field !== undefined) {
    draw.fillStyle = scene.field.kind === "pitch" ? palette.grassB : palette.inverse;
    draw.fill(pathOf(scene.field.shape));
  }
  for (const each of scene.sections) {
    draw.fillStyle = each.index === section ? palette.flood : palette.sold;
    draw.fill(pathOf(each.outline));
  }
  return picture;
}
