// Node 22 has this global, Node 20 has it with --experimental-websocket; the types of Node 20 do not know it.
declare global {
  var WebSocket: typeof import("undici-types").WebSocket;
}

export {};
