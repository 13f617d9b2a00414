import { expect, it } from "vitest";
import { orderNumber } from "./order-number";

it("is the number that mails say", () => {
  expect(orderNumber("01998d6e-7c1a-7f00-8a1b-c2d3e4f56000")).toBe("8A1BC2D3");
});
