import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Shortcuts } from "./shortcuts";

const WORDS = {
  title: "Keyboard shortcuts",
  search: "Search",
  help: "This list",
  close: "Close",
  on: "Use them",
};

function open() {
  const go = vi.fn();
  render(
    <main>
      <input type="search" aria-label="Search" />
      <textarea aria-label="Text" />
      <Shortcuts list={[{ key: "o", label: "Orders", go }]} words={WORDS} />
    </main>,
  );
  return { go, user: userEvent.setup() };
}

describe("shortcuts", () => {
  it("go by two keys, and never by what is typed into a field", async () => {
    const { go, user } = open();
    await user.keyboard("o");
    expect(go).not.toHaveBeenCalled();
    await user.keyboard("go");
    expect(go).toHaveBeenCalledTimes(1);
    await user.type(screen.getByLabelText("Text"), "go?");
    expect(go).toHaveBeenCalledTimes(1);
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });

  it("find the search, and show themselves", async () => {
    const { user } = open();
    await user.keyboard("/");
    expect(screen.getByRole("searchbox")).toHaveFocus();
    expect(screen.getByRole("searchbox")).toHaveValue("");
    (document.activeElement as HTMLElement).blur();
    await user.keyboard("?");
    expect(screen.getByRole("dialog", { name: "Keyboard shortcuts" })).toHaveTextContent("g oOrders");
  });

  it("can be switched off for good, but for their help", async () => {
    const { go, user } = open();
    await user.keyboard("?");
    await user.click(screen.getByRole("switch", { name: "Use them" }));
    await user.click(screen.getByRole("button", { name: "Close" }));
    await user.keyboard("go");
    expect(go).not.toHaveBeenCalled();
    await user.keyboard("?");
    expect(screen.getByRole("dialog")).toBeInTheDocument();
    expect(localStorage.getItem("arenapulse.shortcuts")).toBe("off");
  });
});
