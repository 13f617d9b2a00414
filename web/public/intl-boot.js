// The first date and the first number that a page writes wait for the browser to read its tables: a tenth of a second on
// a phone. Read while the app is on its way, they delay nobody.
(function () {
  try {
    var tag = navigator.language;
    new Intl.DateTimeFormat(tag, { weekday: "short", hour: "2-digit" }).format(0);
    new Intl.NumberFormat(tag).format(0);
  } catch {
    // A browser whose language is no language: the app asks for one that is.
  }
})();
