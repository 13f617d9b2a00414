import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { LongList } from "./long-list";

const ROWS = Array.from({ length: 100_000 }, (_, number) => number);

describe("a long list", () => {
  it("holds a screenful of a hundred thousand rows, wherever one looks", () => {
    render(
      <LongList items={ROWS} height={50} label="Rows" keyOf={String} isWhole reachEnd={() => undefined}>
        {(row) => <span>row {row}</span>}
      </LongList>,
    );
    const list = screen.getByRole("list", { name: "Rows" });
    const count = () => list.querySelectorAll("li").length;
    expect(list.style.height).toBe("5000000px");
    expect(count()).toBeLessThan(40);
    vi.spyOn(list, "getBoundingClientRect").mockReturnValue({ top: -4_000_000 } as DOMRect);
    fireEvent.scroll(window);
    expect(screen.getByText("row 80000").closest("li")).toHaveAttribute("aria-posinset", "80001");
    expect(screen.queryByText("row 0")).not.toBeInTheDocument();
    expect(count()).toBeLessThan(50);
  });

  it("asks for more when its end comes into sight, and not once it is whole", () => {
    const reachEnd = vi.fn();
    const list = (isWhole: boolean) => (
      <LongList items={[1, 2]} height={50} label="Rows" keyOf={String} isWhole={isWhole} reachEnd={reachEnd}>
        {(row) => row}
      </LongList>
    );
    const { rerender } = render(list(true));
    expect(reachEnd).not.toHaveBeenCalled();
    rerender(list(false));
    expect(reachEnd).toHaveBeenCalledTimes(1);
  });
});
