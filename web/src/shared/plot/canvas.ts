import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Painting, PlotLine } from "./points";

/** Paints into an element and follows its width; the answer takes it away again. */
export function paint(element: HTMLElement, painting: Painting): () => void {
  const { at, lines, isTime, step, height, formatAt, formatValue } = painting;
  // The library counts time in seconds.
  const unit = isTime ? 1_000 : 1;
  const token = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: token("--ink-3"),
    font: `500 12px ${token("--font")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  const upTo: uPlot.Scale.Range = (_, __, max) => [0, Math.max(1, max * 1.15)];
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height,
      legend: { show: false },
      cursor: { show: false },
      // To the right, half of the last word of the axis.
      padding: [8, 24, 0, 0],
      scales: {
        x: {
          time: isTime,
          range: (_, min, max) => [min - step / unit / 2, Math.max(min + 1, max) + step / unit / 2],
        },
        y: { range: upTo },
        apart: { range: upTo },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_, at) => at.map((place) => formatAt(place * unit)),
        },
        { ...axis, size: 52, values: (_, values) => values.map((value) => formatValue(value)) },
      ],
      series: [
        {},
        ...lines.map(({ form, isApart = false }) => ({
          ...looks(form, token),
          scale: isApart ? "apart" : "y",
          points: { show: false },
        })),
      ],
    },
    [at.map((place) => place / unit), ...lines.map(({ values }) => [...values])],
    element,
  );
  const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
  resized.observe(element);
  return () => {
    resized.disconnect();
    plot.destroy();
  };
}

/** Told apart by their form, not by their colour alone. */
function looks(form: PlotLine["form"], token: (name: string) => string): uPlot.Series {
  const { bars } = uPlot.paths;
  switch (form) {
    case "bars":
      return {
        fill: token("--chart"),
        stroke: token("--chart"),
        width: 0,
        ...(bars && { paths: bars({ size: [0.8, 48], radius: 0.15 }) }),
      };
    case "line":
      return { stroke: token("--chart"), width: 3 };
    case "dashed":
      return { stroke: token("--ink-2"), width: 2, dash: [6, 5] };
    case "area":
      return { fill: token("--fill"), stroke: token("--line-strong"), width: 1 };
  }
}
