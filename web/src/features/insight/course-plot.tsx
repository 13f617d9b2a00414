const WIDTH = 600;
const HEIGHT = 160;
const EDGE = 4;

/** Two sales beside each other, as lines; the table below says the same to who cannot see them. */
export function CoursePlot({ own, beside }: { own: readonly number[]; beside: readonly number[] | null }) {
  const most = Math.max(1, ...own, ...(beside ?? []));
  const line = (values: readonly number[]) =>
    values
      .map((value, index) => {
        const x = EDGE + (index / Math.max(1, values.length - 1)) * (WIDTH - 2 * EDGE);
        const y = HEIGHT - EDGE - (value / most) * (HEIGHT - 2 * EDGE);
        return `${x.toFixed(1)},${y.toFixed(1)}`;
      })
      .join(" ");
  return (
    <svg className="org-course" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <line x1={0} y1={HEIGHT - EDGE} x2={WIDTH} y2={HEIGHT - EDGE} />
      {beside !== null && <polyline className="beside" points={line(beside)} />}
      <polyline points={line(own)} />
    </svg>
  );
}

/** Which of the two lines is whose: told by its form as well as by its colour. */
export function CourseKey({ isBeside, name }: { isBeside: boolean; name: string }) {
  return (
    <span className="row s13">
      <svg className="org-course-key" viewBox="0 0 32 8" aria-hidden="true">
        <polyline className={isBeside ? "beside" : ""} points="0,4 32,4" />
      </svg>
      <span className="wrap-anywhere">{name}</span>
    </span>
  );
}
