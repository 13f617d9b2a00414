import { queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";

/** As much of Stripe.js as we use: https://docs.stripe.com/js */
export interface CardElement {
  mount: (where: HTMLElement) => void;
  unmount: () => void;
  on: (event: "change", hear: (change: { complete: boolean; error?: { message: string } }) => void) => void;
}
interface Outcome {
  error?: { message?: string };
}
export interface CardVendor {
  elements: (options: { locale: string }) => {
    create: (kind: "card", options: object) => CardElement;
  };
  createPaymentMethod: (asked: {
    type: "card";
    card: CardElement;
  }) => Promise<Outcome & { paymentMethod?: { id: string } }>;
  handleNextAction: (asked: { clientSecret: string }) => Promise<Outcome>;
}
declare global {
  interface Window {
    Stripe?: (key: string) => CardVendor;
  }
}

const SCRIPT = "https://js.stripe.com/v3/";

export const cardFormQuery = queryOptions({
  queryKey: ["payments", "card-form"],
  queryFn: ({ signal }) => request<{ publishableKey: string | null }>("/payments/card-form", { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

let asked: Promise<void> | undefined;

function script(): Promise<void> {
  asked ??= new Promise<void>((done, failed) => {
    const tag = document.createElement("script");
    tag.src = SCRIPT;
    tag.addEventListener("load", () => done());
    tag.addEventListener("error", () => {
      // The next try begins anew.
      asked = undefined;
      tag.remove();
      failed(new Error("the card form did not come"));
    });
    document.head.append(tag);
  });
  return asked;
}

/** The vendor's form, fetched once, and only where a card is taken. */
export const vendorQuery = (key: string) =>
  queryOptions({
    queryKey: ["payments", "vendor", key],
    queryFn: async (): Promise<CardVendor> => {
      if (window.Stripe === undefined) await script();
      if (window.Stripe === undefined) throw new Error("the card form did not come");
      return window.Stripe(key);
    },
    staleTime: Number.POSITIVE_INFINITY,
    // It has functions, which nothing may compare or copy.
    structuralSharing: false,
  });
