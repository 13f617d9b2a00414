// Runs before the first paint, so nobody sees the wrong theme flash by. An external file: the CSP allows no inline script.
(function () {
  var choice = "system";
  try {
    choice = localStorage.getItem("arenapulse.theme") || "system";
  } catch {
    // Storage can be blocked; the system theme is a fine answer.
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
