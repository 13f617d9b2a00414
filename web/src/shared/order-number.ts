/** What people read out on the telephone, as mails say it: the random part of an order's id, not its time. */
export const orderNumber = (orderId: string): string =>
  orderId.replaceAll("-", "").slice(16, 24).toUpperCase();
