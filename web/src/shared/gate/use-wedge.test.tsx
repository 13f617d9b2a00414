import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import vectors from "./ticket-code-vectors.json";
import { useWedge } from "./use-wedge";

const CODE = vectors.codes[0]?.code ?? "";

function Desk({ onCode, onSubmit }: { onCode: (text: string) => void; onSubmit: () => void }) {
  const [words, setWords] = useState("");
  const [gate, setGate] = useState("West");
  useWedge(onCode);
  return (
    <form onSubmit={onSubmit}>
      <input aria-label="Name" value={words} onChange={({ target }) => setWords(target.value)} />
      <select aria-label="Gate" value={gate} onChange={({ target }) => setGate(target.value)}>
        <option>West</option>
        <option>A1</option>
      </select>
    </form>
  );
}

function desk() {
  const onCode = vi.fn();
  const onSubmit = vi.fn();
  render(<Desk onCode={onCode} onSubmit={onSubmit} />);
  return { onCode, onSubmit, field: screen.getByLabelText<HTMLInputElement>("Name") };
}

describe("a hand scanner while a field has the focus", () => {
  it("is taken as a scan, and the field stays as it was", async () => {
    const { onCode, onSubmit, field } = desk();
    const user = userEvent.setup({ delay: null });
    await user.type(field, "Kowalski");
    field.setSelectionRange(3, 3);
    await userEvent.setup({ delay: 80 }).keyboard("b");
    await new Promise((resolve) => setTimeout(resolve, 80));
    await user.keyboard(`${CODE}{Enter}`);
    expect(onCode.mock.calls).toEqual([[CODE]]);
    expect(field).toHaveValue("Kowbalski");
    expect(field.selectionStart).toBe(4);
    expect(onSubmit).not.toHaveBeenCalled();
    await user.keyboard("{Enter}");
    expect(onSubmit).toHaveBeenCalledTimes(1);
  });

  it("chooses no other gate", async () => {
    const { onCode } = desk();
    const choice = screen.getByLabelText("Gate");
    choice.focus();
    await userEvent.setup({ delay: null }).keyboard(`${CODE}{Enter}`);
    expect(onCode.mock.calls).toEqual([[CODE]]);
    expect(choice).toHaveValue("West");
  });

  it("is not what a person types, letter by letter", async () => {
    const { onCode, field } = desk();
    const slowly = userEvent.setup({ delay: 90 });
    await slowly.type(field, "AP12{Enter}");
    expect(onCode).not.toHaveBeenCalled();
    expect(field).toHaveValue("AP12");
  });
});
