import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Painting } from "./points";

/** Paints into an element and follows its width; the answer takes it away again. */
export function paint(element: HTMLElement, painting: Painting): () => void {
  const { points, stepMs, height, formatTime, formatValue } = painting;
  const token = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: token("--ink-3"),
    font: `500 12px ${token("--font")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  const { bars } = uPlot.paths;
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 4, 0, 0],
      scales: {
        x: { time: true, range: (_, min, max) => [min - stepMs / 2000, max + stepMs / 2000] },
        y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_, at) => at.map((seconds) => formatTime(seconds * 1000)),
        },
        { ...axis, size: 52, values: (_, values) => values.map((value) => formatValue(value)) },
      ],
      series: [
        {},
        {
          fill: token("--chart"),
          stroke: token("--chart"),
          width: 0,
          points: { show: false },
          ...(bars && { paths: bars({ size: [0.8, 48], radius: 0.15 }) }),
        },
      ],
    },
    [points.map(({ at }) => at / 1000), points.map(({ value }) => value)],
    element,
  );
  const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
  resized.observe(element);
  return () => {
    resized.disconnect();
    plot.destroy();
  };
}
