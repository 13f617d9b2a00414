import type { SyntheticEvent } from "react";

// A mail's styles are written into it, and the page's policy lets no such style in, nor into frames that inherit it. Set
// by script they are let in; the mail's own scripts, if it had any, are run by nobody: the sandbox has none.

/** The mail with its styles where they do nothing yet; what is text has no quotation marks of its own. */
export const undressed = (html: string): string =>
  html
    .replaceAll(/\sstyle="/g, ' data-css="')
    .replaceAll(/<style\b/g, "<template data-sheet")
    .replaceAll("</style>", "</template>");

function dress({ currentTarget: frame }: SyntheticEvent<HTMLIFrameElement>): void {
  const mail = frame.contentDocument;
  const view = mail?.defaultView as (Window & typeof globalThis) | null | undefined;
  if (!mail || !view?.CSSStyleSheet) {
    return;
  }
  const sheets = mail.querySelectorAll<HTMLTemplateElement>("template[data-sheet]");
  mail.adoptedStyleSheets = Array.from(sheets, (each) => {
    const sheet = new view.CSSStyleSheet({ media: each.getAttribute("media") ?? "" });
    sheet.replaceSync(each.content.textContent ?? "");
    return sheet;
  });
  for (const each of mail.querySelectorAll<HTMLElement>("[data-css]")) {
    each.style.cssText = each.dataset.css ?? "";
  }
}

/** How a mail looks. The frame is a sandbox without scripts: what is in it is only looked at. */
export function MailFrame({ html, title }: { html: string; title: string }) {
  return (
    <iframe
      className="mail-frame"
      title={title}
      sandbox="allow-same-origin"
      srcDoc={undressed(html)}
      onLoad={dress}
    />
  );
}
