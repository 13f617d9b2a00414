// Checks with the official client: node checks.mjs PORT. Prints one JSON object, a result a check.
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2]}`;
const WAIT_MS = 8000;
const within = (promise, what) =>
  Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`timeout: ${what}`)), WAIT_MS)),
  ]);
const once = (emitter, event) =>
  within(new Promise((resolve) => emitter.once(event, (...values) => resolve(values))), event);
const call = (socket, event, payload) => within(socket.emitWithAck(event, payload), event);
const open = async (options, path = "") => {
  const socket = io(url + path, { forceNew: true, reconnectionDelay: 100, ...options });
  await once(socket, "connect");
  return socket;
};
const ws = { transports: ["websocket"] };
const polling = { transports: ["polling"] };
const transportOf = (socket) => socket.io.engine.transport.name;
const upgraded = async (socket) => {
  if (transportOf(socket) !== "websocket") await once(socket.io.engine, "upgrade");
};

const talk = async (options, room) => {
  const socket = await open(options);
  const joined = await call(socket, "join", room);
  const heard = once(socket, "shout");
  socket.emit("shout", { room, hello: "wörld 🏟", big: "x".repeat(70000).slice(0, 30000) });
  const [shout] = await heard;
  const echo = await call(socket, "echo", { a: [1, "é", null, true] });
  socket.disconnect();
  return { joined, hello: shout.hello, big: shout.big.length, echo };
};

const refusal = async (token) => {
  const socket = io(url, { forceNew: true, ...ws, auth: { token }, reconnection: false });
  const [error] = await once(socket, "connect_error");
  socket.disconnect();
  return { message: error.message, data: error.data };
};

// Somebody shouts without a pause while another client comes in, joins a room by connecting (see
// served.py) and moves from polling to a websocket: from its first frame on it must miss none.
const upgradeWithTraffic = async () => {
  const shouter = await open(ws);
  const heard = [];
  let sent = 0;
  let sentBefore = null;
  const shout = () => call(shouter, "shout", { room: "upgrade", n: sent++ });
  const socket = io(url, { forceNew: true, auth: { room: "upgrade" } });
  socket.on("shout", ({ n }) => heard.push(n));
  socket.io.once("open", () => socket.io.engine.once("upgrade", () => (sentBefore = sent)));
  while (sentBefore === null || sent < sentBefore + 100) {
    await shout();
    if (sent > 20000) throw new Error("never upgraded");
  }
  await call(socket, "echo", 1);
  const after = transportOf(socket);
  shouter.disconnect();
  socket.disconnect();
  const contiguous = heard.every((n, at) => n === heard[0] + at);
  return { after, during: sentBefore > 0, lost: sent - heard[0] - heard.length, contiguous };
};

const sendingWhileUpgrading = async () => {
  const socket = await open({});
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => call(socket, "echo", { n })),
  );
  await upgraded(socket);
  socket.disconnect();
  return answers.every(({ n }, at) => n === at);
};

const ping = async () => {
  const socket = await open(ws);
  let dropped = null;
  socket.on("disconnect", (reason) => (dropped = reason));
  await once(socket.io, "ping");
  await once(socket.io, "ping");
  const echo = await call(socket, "echo", 1);
  socket.disconnect();
  return { echo, dropped: dropped === "io client disconnect" ? null : dropped };
};

const reconnect = async () => {
  const socket = await open(ws);
  const first = socket.id;
  const again = once(socket, "connect");
  socket.io.engine.transport.ws.terminate();
  await again;
  const joined = await call(socket, "join", "again");
  const changed = socket.id !== first;
  socket.disconnect();
  return { changed, joined };
};

const kicked = async () => {
  const socket = await open(ws);
  const first = socket.id;
  const again = once(socket, "connect");
  socket.emit("kick", {});
  await again;
  const changed = socket.id !== first;
  socket.disconnect();
  return changed;
};

const binary = async (options) => {
  const socket = await open(options);
  const echo = await call(socket, "echo", Buffer.from([1, 2, 255]));
  socket.disconnect();
  return Buffer.from(echo).toString("hex");
};

const namespaces = async () => {
  const socket = await open(ws, "/staff");
  const echo = await call(socket, "echo", { staff: true });
  const manager = socket.io;
  const main = manager.socket("/");
  await once(main, "connect");
  const mainEcho = await call(main, "echo", 2);
  const strange = manager.socket("/nowhere");
  const [error] = await once(strange, "connect_error");
  const still = await call(socket, "echo", 3);
  socket.disconnect();
  main.disconnect();
  return { echo, mainEcho, refused: error instanceof Error, still };
};

const errors = async () => {
  const socket = await open(ws);
  const bug = await call(socket, "bug", {});
  const unknown = await call(socket, "no:such", {});
  socket.disconnect();
  return { bug, unknown };
};

const checks = {
  websocket: () => talk(ws, "ws"),
  polling: () => talk(polling, "polling"),
  upgrade: () => talk({}, "upgraded"),
  upgrade_with_traffic: upgradeWithTraffic,
  sending_while_upgrading: sendingWhileUpgrading,
  refused: () => refusal("bad"),
  refused_by_bug: () => refusal("bug"),
  ping,
  reconnect,
  kicked,
  binary_websocket: () => binary(ws),
  binary_polling: () => binary(polling),
  namespaces,
  errors,
};
const results = await Promise.all(
  Object.entries(checks).map(async ([name, check]) => {
    try {
      return [name, await check()];
    } catch (error) {
      return [name, `FAILED ${error.stack}`];
    }
  }),
);
console.log(JSON.stringify(Object.fromEntries(results)));
process.exit(0);
