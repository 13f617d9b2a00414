import { expect, it } from "vitest";
import { undressed } from "./mail-frame";

it("keeps a mail's styles where the page's policy has nothing to refuse", () => {
  const mail =
    '<html><head><style media="print">p > b{color:red}</style></head><body style="margin:0"><p>Hello</p></body></html>';
  expect(undressed(mail)).toBe(
    '<html><head><template data-sheet media="print">p > b{color:red}</template></head><body data-css="margin:0"><p>Hello</p></body></html>',
  );
});
