import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** A WebSocket server on this machine that listens to one thing: binary messages. */
export interface WebSocketServer {
  readonly url: string;
  /** The binary messages that came, in order, of all clients. */
  readonly messages: readonly Buffer[];
  close(): Promise<void>;
}

/** RFC 6455, section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

/** Starts one; `answer` makes a text message to send back for each message. */
export async function startWebSocketServer(
  answer: (message: Buffer, number: number) => string | undefined,
): Promise<WebSocketServer> {
  const messages: Buffer[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(426).end());
  server.on("upgrade", (request, socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const key = `${request.headers["sec-websocket-key"]}${GUID}`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    let held: Buffer = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      for (;;) {
        const frame = parseFrame(held);
        if (frame === undefined) {
          return;
        }
        held = held.subarray(frame.bytes);
        if (frame.opcode === BINARY) {
          messages.push(frame.payload);
          const text = answer(frame.payload, messages.length);
          if (text !== undefined) {
            socket.write(frameOf(TEXT, Buffer.from(text)));
          }
        } else if (frame.opcode === CLOSE) {
          socket.end(frameOf(CLOSE, frame.payload));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    close: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Its length with its header. */
  readonly bytes: number;
}

/** The first frame of what a client has sent (RFC 6455, section 5.2), if it is whole. */
function parseFrame(held: Buffer): Frame | undefined {
  if (held.byteLength < 2) {
    return undefined;
  }
  const short = held.readUInt8(1) & 0x7f;
  // Client to server: the mask of four bytes is always there.
  const head = short === 126 ? 8 : short === 127 ? 14 : 6;
  if (held.byteLength < head) {
    return undefined;
  }
  const length =
    short === 126 ? held.readUInt16BE(2) : short === 127 ? Number(held.readBigUInt64BE(2)) : short;
  if (held.byteLength < head + length) {
    return undefined;
  }
  const mask = held.subarray(head - 4, head);
  const payload = Buffer.from(held.subarray(head, head + length));
  for (let at = 0; at < length; at++) {
    payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  }
  return { opcode: held.readUInt8(0) & 0x0f, payload, bytes: head + length };
}

/** A frame of a server, which is not masked; it is short. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x80 | opcode, payload.byteLength), payload]);
}
