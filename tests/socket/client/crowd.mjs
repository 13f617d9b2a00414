// A crowd of official clients: node crowd.mjs PORT COUNT. Half of them only poll, half upgrade.
// For each line on stdin all of them, once connected, ask something; prints one JSON object a line.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const url = `http://127.0.0.1:${process.argv[2]}`;
const WAIT_MS = 5000;
const sockets = Array.from({ length: Number(process.argv[3]) }, (_, number) =>
  io(url, {
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 500,
    ...(number % 2 ? {} : { transports: ["polling"] }),
  }),
);
const connected = (socket) =>
  socket.connected ? undefined : new Promise((resolve) => socket.once("connect", resolve));
const settled = async (socket, number) => {
  const { engine } = socket.io;
  if (number % 2 && engine.transport.name !== "websocket") {
    await new Promise((resolve, reject) => {
      engine.once("upgrade", resolve);
      engine.once("close", reject);
    });
  }
};
const ask = async (socket, number) => {
  try {
    await connected(socket);
    const first = await socket.timeout(WAIT_MS).emitWithAck("event:subscribe", {});
    await settled(socket, number);
    const second = await socket.timeout(WAIT_MS).emitWithAck("event:subscribe", {});
    const { id, transport } = socket.io.engine;
    return { codes: [first.error.code, second.error.code], id, transport: transport.name };
  } catch {
    // The connection was lost while we waited: once it is back, all over again.
    return ask(socket, number);
  }
};

for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await Promise.all(sockets.map(ask))));
}
process.exit(0);
