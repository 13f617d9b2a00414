// Follows an event with the published TypeScript client: node follow.mjs WEB URL EVENT_ID. Says what it shows, a line of
// JSON each time; ends with its standard input.
import { createRequire } from "node:module";
import { followEvent } from "../../clients/typescript/arenapulse.ts";

const [web, url, eventId] = process.argv.slice(2);
const { io } = createRequire(`${web}/package.json`)("socket.io-client");
let shown = { currentCapacity: 0, sections: new Map(), live: false };
let status = null;
const say = () => {
  const sections = Object.fromEntries(shown.sections);
  console.log(JSON.stringify({ ...shown, sections, status }));
};
const socket = io(url, { transports: ["websocket"], reconnectionDelay: 100, reconnectionDelayMax: 500 });
let readings = 0;
const read = async () => {
  readings += 1;
  const reading = readings;
  const answer = await fetch(`${url}/api/v1/events/${eventId}`).catch(() => null);
  if (reading !== readings) return;
  if (!answer?.ok) return setTimeout(read, 200);
  status = (await answer.json()).data.status;
  say();
};
followEvent(socket, eventId, {
  show: (state) => {
    shown = state;
    say();
  },
  update: ({ data }) => {
    if (data.status !== undefined) {
      // Newer than whatever is being read.
      readings += 1;
      status = data.status;
    }
    say();
  },
  restarted: read,
});
process.stdin.on("end", () => process.exit(0)).resume();
