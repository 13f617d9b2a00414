/** On a phone a rail is a strip: where one is, is not out of sight. */
export function intoSight(link: HTMLAnchorElement | null): void {
  if (link?.matches("[aria-current]")) link.scrollIntoView?.({ block: "nearest", inline: "center" });
}
