/** As much of Cloudflare Turnstile as we use: https://developers.cloudflare.com/turnstile */
interface Turnstile {
  render: (
    where: HTMLElement,
    options: {
      sitekey: string;
      action: string;
      callback: (token: string) => void;
      "error-callback": () => void;
      "timeout-callback": () => void;
    },
  ) => string;
  remove: (widget: string) => void;
}
declare global {
  interface Window {
    turnstile?: Turnstile;
  }
}

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
const PATIENCE_MS = 30_000;

function script(): Promise<void> {
  return new Promise((done, failed) => {
    const tag = document.createElement("script");
    tag.src = SCRIPT;
    tag.addEventListener("load", () => done());
    tag.addEventListener("error", () => {
      tag.remove();
      failed(new Error("the widget did not come"));
    });
    document.head.append(tag);
  });
}

/** The widget's word that somebody is here; null where it does not come, and the browser works instead. */
export async function humanWord(siteKey: string): Promise<string | null> {
  const where = document.createElement("div");
  where.className = "human";
  try {
    if (window.turnstile === undefined) await script();
    const { turnstile } = window;
    if (turnstile === undefined) return null;
    document.body.append(where);
    return await new Promise<string | null>((done) => {
      const late = setTimeout(() => done(null), PATIENCE_MS);
      const end = (word: string | null) => {
        clearTimeout(late);
        done(word);
      };
      turnstile.render(where, {
        sitekey: siteKey,
        action: "queue",
        callback: end,
        "error-callback": () => end(null),
        "timeout-callback": () => end(null),
      });
    });
  } catch {
    return null;
  } finally {
    where.remove();
  }
}
