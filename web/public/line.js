// The waiting page that stands alone: three files that a CDN shows while nothing else answers (docs/how-to/waiting-page.md).
// It shows the place that this browser has kept and the last number that anybody knows, and goes back by itself.
(() => {
  const WORDS = {
    en: {},
    de: {
      title: "Dein Platz in der Schlange bleibt.",
      ahead: "Personen vor dir",
      text: "Unser Verkauf antwortet gerade nicht. So lange geht niemand hinein, und niemand überholt dich.",
      close: "Du kannst die Seite schließen: Der Platz gehört deinem Konto. Sie öffnet sich von selbst, sobald wir zurück sind.",
      try: "Jetzt versuchen",
      place: "Dein Platz: {n}",
      last: "Die letzte Zahl, von {at}",
      none: "Noch keine Antwort. Wir fragen weiter.",
      back: "Wir sind zurück. Gleich geht es weiter.",
    },
    es: {
      title: "Tu lugar en la fila se conserva.",
      ahead: "personas delante de ti",
      text: "Nuestra tienda no responde ahora. Mientras tanto no entra nadie, y nadie te adelanta.",
      close: "Puedes cerrar esta página: el lugar es de tu cuenta. Se abre sola en cuanto volvamos.",
      try: "Probar ahora",
      place: "Tu lugar: {n}",
      last: "El último número, de las {at}",
      none: "Aún sin respuesta. Seguimos preguntando.",
      back: "Hemos vuelto. Seguimos enseguida.",
    },
  };
  const ENGLISH = {
    place: "Your place: {n}",
    last: "The last number, from {at}",
    none: "No answer yet. We keep asking.",
    back: "We are back. It goes on in a moment.",
  };
  const LEAST_MS = 4_000;
  const MOST_MS = 30_000;
  const SPREAD_MS = 10_000;

  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const asked = (kept("arenapulse.language") || navigator.language || "en").slice(0, 2);
  const language = asked in WORDS ? asked : "en";
  const words = { ...ENGLISH, ...WORDS[language] };
  const say = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const number = (value) => new Intl.NumberFormat(language).format(value);
  const at = (id) => document.getElementById(id);

  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]"))
    if (words[element.dataset.word]) element.textContent = words[element.dataset.word];

  // Shown in the place of /events/{id}/queue, or on its own with ?event=.
  const eventId =
    (/^\/events\/([0-9a-f-]{36})/.exec(location.pathname) || [])[1] ||
    (/[?&]event=([0-9a-f-]{36})/.exec(location.search) || [])[1];
  if (!eventId) return;
  const page = `/events/${eventId}/queue`;
  at("back").href = page;

  let place;
  try {
    place = JSON.parse(kept("arenapulse.queue") || "{}")[eventId];
  } catch {
    place = undefined;
  }
  const position = place?.position;
  if (position) {
    at("place").hidden = false;
    at("place").textContent = say("place", { n: number(position) });
  }

  const show = (serving) => {
    const lane = serving.lanes.find((each) => each.lane === (place.lane || 0));
    if (!position || !lane || place.phase === "LOBBY") return;
    at("board").hidden = false;
    at("number").textContent = number(Math.max(0, position - lane.serving - 1));
    const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" });
    at("state").textContent = say("last", { at: clock.format(new Date(serving.at)) });
  };

  // A CDN may answer with the last number it has, and the clock here may be wrong: that the service is back says a number
  // that is newer than the first.
  let first;
  const isNewer = (serving) => {
    const made = Date.parse(serving.at);
    first ??= made;
    return made > first;
  };

  let wait = LEAST_MS;
  const ask = async () => {
    try {
      const answer = await fetch(`/api/v1/events/${eventId}/queue/serving`, {
        signal: AbortSignal.timeout(10_000),
      });
      const { data } = await answer.json();
      if (place) show(data);
      if (isNewer(data)) {
        at("state").textContent = words.back;
        // Not all in one moment.
        setTimeout(() => location.replace(page), Math.random() * SPREAD_MS);
        return;
      }
    } catch {
      if (!at("state").textContent) at("state").textContent = words.none;
    }
    wait = Math.min(MOST_MS, wait * 1.5);
    setTimeout(ask, wait * (0.8 + 0.4 * Math.random()));
  };
  void ask();
})();
