import type { OrderResponse, SeasonOrder } from "@/shared/api/contract";

/** A season ticket as the one order that it is held, paid and let go as. */
export function asOne({ orders, status, paymentStatus, total, expiresAt, serverTime }: SeasonOrder) {
  const [first] = orders;
  if (first === undefined) throw new Error("a season ticket has a date");
  const sum = (of: "subtotal" | "fees" | "discount" | "tax") =>
    orders.reduce((all, order) => all + order[of], 0);
  const whole: OrderResponse = {
    ...{ ...first, status, paymentStatus, total, expiresAt, serverTime },
    ...{ subtotal: sum("subtotal"), fees: sum("fees"), discount: sum("discount"), tax: sum("tax") },
    tickets: orders.flatMap(({ tickets }) => tickets),
  };
  return whole;
}
