/** Where to go after signing in: only ever a path of this site. */
export function nextPath(params: URLSearchParams): string {
  const next = params.get("next") ?? "/";
  // "//host" and "/\host" would leave the site.
  return /^\/(?![/\\])/.test(next) && !/[\n\r\t]/.test(next) ? next : "/";
}
