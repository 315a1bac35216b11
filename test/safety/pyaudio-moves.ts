import { selectDevice } from "../../src/device-query.js";
import {
  AudioError,
  paAbort,
  paComplete,
  paContinue,
  paFloat32,
  paInt8,
  paInt16,
  paInt24,
  Stream,
  type StreamCallback,
} from "../../src/portaudio.js";
import { frameMemory } from "./memory.js";
import { once, oneNasty, oneOf, type Random, spoil, throwStrange } from "./options.js";
import type { Devices, Move } from "./stream-moves.js";
import { type Living, Violation, type World } from "./world.js";

/** Opens a stream as a manager does, which needs PortAudio's library only for real devices. */
type Open = (options: unknown, add: (living: Living) => void) => Stream;

const openVirtual: Open = (options) =>
  new Stream(options as never, (query, direction) => selectDevice(query ?? "", [], direction));

/** A stream of `roomtone/portaudio`, with what the model knows of it. */
export class LivingPyStream implements Living {
  readonly stream: Stream;
  readonly world: World;
  closed = false;

  constructor(world: World, stream: Stream) {
    this.world = world;
    this.stream = stream;
  }

  check(): void {
    const answers = [
      () => this.stream.isActive(),
      () => this.stream.isStopped(),
      () => this.stream.getTime(),
      () => this.stream.getCpuLoad(),
      () => this.stream.getInputLatency(),
      () => this.stream.getOutputLatency(),
    ].map((ask) => {
      try {
        return ask();
      } catch (error) {
        if (!(error instanceof AudioError && error.code === "stream-closed")) {
          throw error;
        }
        return "closed";
      }
    });
    const closed = answers.filter((answer) => answer === "closed").length;
    if (closed !== (this.closed ? answers.length : 0)) {
      throw new Violation(
        `PyAudio stream: ${this.closed ? "" : "not "}closed, says ${answers.join(", ")}`,
      );
    }
    if (answers[0] === true && answers[1] === true) {
      throw new Violation("PyAudio stream: both active and stopped");
    }
  }

  async prove(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
    this.stream.close();
    this.stream.close();
    this.check();
  }
}

/** So many are open at most: each one is a thread. */
const MOST = 1;

function living(world: World): LivingPyStream[] {
  return world.living.filter((one) => one instanceof LivingPyStream);
}

function using(name: string, use: (live: LivingPyStream, random: Random) => unknown): Move {
  return (world, random) => {
    const all = living(world);
    const live = all[random(all.length)];
    if (live !== undefined) {
      world.attempt(`PyAudio stream.${name}()`, () => use(live, random));
    }
  };
}

function opening(devices: Devices, open: Open): Move {
  return (world, random) => {
    if (living(world).length >= MOST) {
      return;
    }
    const direction = oneOf(random, ["input", "output", "loopback"] as const);
    const device = devices[direction](random).id;
    const options: Record<string, unknown> = {
      rate: oneOf(random, [8000, 48_000, 11_025]),
      channels: oneOf(random, [1, 1, 2]),
      format: oneOf(random, [paInt16, paFloat32, paInt24, paInt8]),
      framesPerBuffer: oneOf(random, [0, 64, 1000, 1]),
      start: once(random, 2),
      // Without a clock the input of a loopback hears nothing until something is played: a read would wait for it.
      ...(direction !== "output" && {
        input: true,
        inputDeviceIndex: device.replace("loopback?pace=fast", "loopback?pace=realtime"),
      }),
      ...(direction !== "input" && {
        output: true,
        outputDeviceIndex: device.replace("loopback?pace=fast", "loopback?pace=realtime"),
      }),
    };
    let live: LivingPyStream | undefined;
    if (once(random, 2)) {
      options.streamCallback = callback(world, random, () => live);
    }
    const given = once(random, 5) ? spoil(options, random) : options;
    const stream = world.attempt("PyAudio.open()", () =>
      open(given, (manager) => world.living.push(manager)),
    );
    if (stream !== undefined) {
      live = new LivingPyStream(world, stream);
      world.living.push(live);
    }
  };
}

/** A callback that does now and then what no callback should. */
function callback(
  world: World,
  random: Random,
  live: () => LivingPyStream | undefined,
): StreamCallback {
  const own = (thing: unknown): never => thing as never;
  return (inData, frameCount) => {
    const stream = live()?.stream;
    const bytes = inData ?? new Uint8Array(frameCount * 8);
    switch (random(60)) {
      case 0:
        throwStrange(random);
        break;
      case 1:
        return own(oneNasty(random).make());
      case 2:
        return own([oneNasty(random).make(), paContinue]);
      case 3:
        return own([bytes, oneNasty(random).make()]);
      case 4:
        return [bytes, oneOf(random, [paComplete, paAbort])];
      case 5:
        return own(Promise.resolve([bytes, paContinue]));
      case 6:
        world.attempt("stopStream() in a callback", () => stream?.stopStream());
        break;
      case 7:
        world.attempt("close() in a callback", () => closeNow(live()));
        break;
      case 8:
        world.attempt("startStream() in a callback", () => stream?.startStream());
        break;
      case 9:
        world.attempt("read() in a callback", () => stream?.read(1));
        break;
      case 10:
        world.attempt("write() in a callback", () => stream?.write(bytes));
        break;
      case 11:
        world.attempt("isActive() in a callback", () => stream?.isActive());
        world.attempt("stop and start in a callback", () => {
          stream?.stopStream();
          stream?.startStream();
        });
        break;
      default:
    }
    return [bytes, paContinue];
  };
}

function closeNow(live: LivingPyStream | undefined): void {
  if (live !== undefined) {
    live.closed = true;
    live.stream.close();
  }
}

const read = using("read", ({ stream }, random) => {
  const frames: unknown = once(random, 6) ? oneNasty(random).make() : random(300);
  const strict: unknown = once(random, 10) ? oneNasty(random).make() : once(random, 2);
  // So many frames may be asked for: the call waits for them.
  return typeof frames === "number" && frames > 10_000
    ? undefined
    : stream.read(frames as never, strict as never);
});

const write = using("write", ({ stream }, random) => {
  const memory = frameMemory(random, "int16", 1 + random(2));
  if (memory.name === "huge") {
    return;
  }
  const frames: unknown = once(random, 8) ? oneNasty(random).make() : memory.view;
  const count: unknown = once(random, 6) ? oneNasty(random).make() : undefined;
  const strict: unknown = once(random, 6) ? oneNasty(random).make() : once(random, 2);
  stream.write(frames as never, count as never, strict as never);
});

const look = using("getters", ({ stream }, random) =>
  oneOf<() => unknown>(random, [
    () => stream.getReadAvailable(),
    () => stream.getWriteAvailable(),
    () => stream.gaps,
    () => stream.isActive(),
  ])(),
);

/** All moves of PyAudio's streams, each as often as it is to be made. */
export function pyaudioMoves(
  devices: Devices,
  open: Open = openVirtual,
): readonly (readonly [weight: number, Move])[] {
  return [
    [3, opening(devices, open)],
    [6, read],
    [6, write],
    [4, using("startStream", ({ stream }) => stream.startStream())],
    [3, using("stopStream", ({ stream }) => stream.stopStream())],
    [2, using("close", (live) => closeNow(live))],
    [3, look],
  ];
}
