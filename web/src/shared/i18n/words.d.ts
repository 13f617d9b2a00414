import type account from "./locales/en/account.json";
import type buyer from "./locales/en/buyer.json";
import type chart from "./locales/en/chart.json";
import type checkout from "./locales/en/checkout.json";
import type entry from "./locales/en/entry.json";
import type gate from "./locales/en/gate.json";
import type insight from "./locales/en/insight.json";
import type mails from "./locales/en/mails.json";
import type money from "./locales/en/money.json";
import type organizer from "./locales/en/organizer.json";
import type queueControl from "./locales/en/queueControl.json";
import type settings from "./locales/en/settings.json";
import type shared from "./locales/en/shared.json";
import type waiting from "./locales/en/waiting.json";
import type wallet from "./locales/en/wallet.json";

// Makes a wrong key an error of the compiler. Which file a key may come from is a test's matter (testing/words.test.ts).
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: {
      translation: typeof shared &
        typeof buyer &
        typeof checkout &
        typeof wallet &
        typeof account &
        typeof organizer &
        typeof mails &
        typeof money &
        typeof gate &
        typeof entry &
        typeof waiting &
        typeof chart &
        typeof insight &
        typeof queueControl &
        typeof settings;
    };
  }
}
