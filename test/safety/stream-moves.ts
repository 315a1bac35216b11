import { setImmediate as nextTurn } from "node:timers/promises";
import { type Block, DuplexStream, InputStream, OutputStream } from "../../src/index.js";
import { channelArrays, frameMemory } from "./memory.js";
import {
  commonOptions,
  once,
  oneNasty,
  oneOf,
  type Random,
  spoil,
  type TestDevice,
  throwStrange,
  virtualInput,
  virtualLoopback,
  virtualOutput,
} from "./options.js";
import { LivingStream } from "./streams.js";
import { glance, type World } from "./world.js";

/**
 * One thing that a sequence may do. What takes time is tracked by the world; a promise is what the sequence mostly waits
 * for before it goes on.
 */
export type Move = (world: World, random: Random) => Promise<void> | void;

type Reader = LivingStream<InputStream | DuplexStream>;
type Writer = LivingStream<OutputStream | DuplexStream>;

/** Which devices streams are opened on. */
export interface Devices {
  input(random: Random): TestDevice;
  output(random: Random): TestDevice;
  loopback(random: Random): TestDevice;
}

export const VIRTUAL: Devices = {
  input: virtualInput,
  output: virtualOutput,
  loopback: virtualLoopback,
};

/** So many streams are open at most: each one is a thread. */
const MOST = 2;

function living(world: World): LivingStream[] {
  return world.living.filter((one): one is LivingStream => one instanceof LivingStream);
}

function anyStream(world: World, random: Random): LivingStream | undefined {
  const all = living(world);
  return all[random(all.length)];
}

function isReader(one: LivingStream): one is Reader {
  return !(one.stream instanceof OutputStream);
}

function isWriter(one: LivingStream): one is Writer {
  return !(one.stream instanceof InputStream);
}

/** Does something with a stream that reads, if there is one. */
function reading(use: (live: Reader, world: World, random: Random) => void): Move {
  return (world, random) => {
    const all = living(world).filter(isReader);
    const live = all[random(all.length)];
    if (live !== undefined) {
      use(live, world, random);
    }
  };
}

function writing(use: (live: Writer, world: World, random: Random) => void): Move {
  return (world, random) => {
    const all = living(world).filter(isWriter);
    const live = all[random(all.length)];
    if (live !== undefined) {
      use(live, world, random);
    }
  };
}

/** Opens one kind of stream with options that are valid, or spoiled in one place. */
function opening<Stream extends InputStream | OutputStream | DuplexStream>(
  name: string,
  direction: keyof Devices,
  open: (options: object) => Promise<Stream>,
): (devices: Devices) => Move {
  return (devices) => (world, random) => {
    if (living(world).length >= MOST) {
      return undefined;
    }
    const device = devices[direction](random);
    const options: Record<string, unknown> = {
      ...commonOptions(world, random),
      device: device.id,
    };
    const pushes = direction !== "output" && once(random, 6);
    let live: LivingStream | undefined;
    const onBlock = (block: Block): void => callback(block, world, random, live);
    const all = { ...options, ...(pushes && { onBlock }) };
    const given = once(random, 4) ? spoil(all, random) : all;
    const sound = device.sound && !pushes && options.processor === undefined && given === all;
    const track = async (): Promise<void> => {
      const stream = await open(given as never);
      // The name tells a report what was opened.
      const text = `${name} ${world.living.length} ${glance(given, 1)}`;
      live = new LivingStream(world, text, stream, sound);
      live.readsCounted = !pushes;
      world.living.push(live);
      if (pushes || options.processor !== undefined || given !== all) {
        // Where frames are pushed or processed, this is the one promise that tells of a fault.
        world.track(`${live.name}.finished`, stream.finished);
      }
    };
    const opened = track();
    world.track(`${name}.open()`, opened);
    return once(random, 6) ? undefined : opened.catch(() => {});
  };
}

/** What an `onBlock` may do. */
function callback(block: Block, world: World, random: Random, live?: LivingStream): void {
  switch (random(40)) {
    case 0:
      live?.verb("close", () => live.stream.close());
      break;
    case 1:
      throwStrange(random);
      break;
    case 2:
      live?.verb("close", () => live.stream.close());
      throwStrange(random);
      break;
    case 3:
      if (live !== undefined && isReader(live)) {
        live.verb("stop", () => live.stream.stop());
      }
      break;
    case 4:
      world.attempt("getChannelData()", () =>
        block.getChannelData(oneNasty(random).make() as never),
      );
      break;
    default:
      world.attempt("samples", () => block.samples);
  }
}

const openInput = opening("input", "input", (options) => InputStream.open(options as never));
const openOutput = opening("output", "output", (options) => OutputStream.open(options as never));
const openDuplex = opening("duplex", "loopback", (options) => DuplexStream.open(options as never));

const start: Move = (world, random) => {
  const live = anyStream(world, random);
  live?.verb("start", () => live.stream.start());
};

const close: Move = (world, random) => {
  const live = anyStream(world, random);
  live?.verb("close", () =>
    once(random, 3) ? live.stream[Symbol.asyncDispose]() : live.stream.close(),
  );
};

const stop: Move = (world, random) => {
  const live = anyStream(world, random);
  live?.verb("stop", () => live.stream.stop());
};

const abort = writing((live, _world, random) => {
  const { stream } = live;
  if (stream instanceof OutputStream && once(random, 2)) {
    live.verb("abort", () => stream.abort());
  } else {
    live.verb("stop", () => stream.stop());
  }
});

const postMessage: Move = (world, random) => {
  const live = anyStream(world, random);
  const message = once(random, 3) ? "throw" : oneNasty(random).make();
  world.attempt("postMessage()", () => live?.stream.postMessage(message));
};

const tryReadInto = reading((live, world, random) => {
  const { stream } = live;
  const channels = stream instanceof InputStream ? stream.numberOfChannels : stream.inputChannels;
  const memory = frameMemory(random, stream.format, channels);
  live.read += world.attempt("tryReadInto()", () => stream.tryReadInto(memory.view)) ?? 0;
});

const readInto = reading((live, _world, random) => {
  const { stream } = live;
  const channels = stream instanceof InputStream ? stream.numberOfChannels : stream.inputChannels;
  const memory = frameMemory(random, stream.format, channels);
  live.call(`readInto(${memory.name})`, async () => {
    try {
      const frames = await stream.readInto(memory.view);
      live.read += frames;
      return frames;
    } catch (error) {
      // Memory that is taken away in the middle takes the frames with it that were in it.
      live.readsCounted = false;
      throw error;
    }
  });
  if (once(random, 5)) {
    const give = (): void => memory.detach();
    oneOf(random, [give, () => setImmediate(give), () => setTimeout(give, random(20))])();
  }
});

const loop = reading((live, world, random) => {
  const most = random(8);
  const way = random(8);
  live.call("for await", async () => {
    let count = 0;
    for await (const block of live.stream) {
      live.read += block.length;
      count += 1;
      world.note(`${count}: ${block.length} frames at ${block.position}`);
      if (way === 0) {
        live.verb("close", () => live.stream.close());
      } else if (way === 1) {
        live.verb("stop", () => live.stream.stop());
      } else if (way === 2 && count > most) {
        throwStrange(random);
      } else if (way === 3) {
        await nextTurn();
      }
      if (count > most) {
        break;
      }
    }
  });
});

/** The parts of a loop by hand, in no sensible order. */
const iterate = reading((live, _world, random) => {
  const iterator = live.stream[Symbol.asyncIterator]();
  const calls = 1 + random(4);
  for (let call = 0; call < calls; call++) {
    const way = random(4);
    live.call(`iterator ${way}`, async () => {
      const reason = new Error("iterator");
      const result =
        way === 0
          ? await iterator.return()
          : way === 1
            ? await iterator.throw(reason)
            : await iterator.next();
      live.read += result.done === true ? 0 : result.value.length;
      return result;
    });
  }
});

const toReadable = reading((live, _world, random) => {
  const { stream } = live;
  if (!(stream instanceof InputStream)) {
    return;
  }
  const given: unknown = once(random, 2)
    ? { onGap: () => once(random, 4) && throwStrange(random) }
    : once(random, 3)
      ? oneNasty(random).make()
      : {};
  live.readsCounted = false;
  const most = random(6);
  live.call("toReadable()", async () => {
    const readable = stream.toReadable(given as never);
    let count = 0;
    for await (const _chunk of readable) {
      count += 1;
      if (count > most) {
        readable.destroy(once(random, 2) ? new Error("destroyed") : undefined);
      }
    }
  });
});

const toWebReadable = reading((live, _world, random) => {
  const { stream } = live;
  if (!(stream instanceof InputStream)) {
    return;
  }
  live.readsCounted = false;
  const most = random(4);
  live.call("toWebReadable()", async () => {
    const reader = stream.toWebReadable().getReader();
    for (let count = 0; count < most; count++) {
      await reader.read();
    }
    await reader.cancel(new Error("cancelled"));
  });
});

const write = writing((live, world, random) => {
  const { stream } = live;
  const channels = stream instanceof OutputStream ? stream.numberOfChannels : stream.outputChannels;
  const memory = frameMemory(random, stream.format, channels);
  const planar = once(random, 3);
  const frames: unknown = once(random, 12)
    ? oneNasty(random).make()
    : planar
      ? channelArrays(random, channels)
      : memory.view;
  live.writesCounted = false;
  if (once(random, 3)) {
    live.written += world.attempt("tryWrite()", () => stream.tryWrite(frames as never)) ?? 0;
    return;
  }
  live.call(`write(${memory.name})`, async () => {
    await stream.write(frames as never);
    live.written += frames === memory.view ? memory.frames : 0;
  });
  if (once(random, 4)) {
    memory.detach();
  }
});

const drain = writing((live, _world, random) => {
  live.call("drain()", () => live.stream.drain());
  if (once(random, 2)) {
    live.call("drain() again", () => live.stream.drain());
  }
});

const toWritable = writing((live, world, random) => {
  const { stream } = live;
  if (!(stream instanceof OutputStream)) {
    return;
  }
  live.writesCounted = false;
  const chunk = (): unknown =>
    once(random, 6) ? oneNasty(random).make() : new Uint8Array(random(5000));
  if (once(random, 2)) {
    live.call("toWebWritable()", async () => {
      const writer = stream.toWebWritable().getWriter();
      writer.closed.catch(() => {});
      await writer.write(chunk() as never);
      await (once(random, 2) ? writer.close() : writer.abort(new Error("aborted")));
    });
    return;
  }
  live.call("toWritable()", async () => {
    const writable = stream.toWritable();
    const over = new Promise<void>((resolve) => writable.once("close", resolve));
    writable.on("error", (error) => world.judge("toWritable()", error));
    world.attempt("Writable.write()", () => writable.write(chunk() as never));
    world.attempt("Writable.write()", () => writable.write(chunk() as never));
    if (once(random, 2)) {
      writable.destroy();
    } else {
      writable.end();
    }
    await over;
  });
});

/** All moves of streams on some devices, each as often as it is to be made. */
export function streamMoves(devices: Devices): readonly (readonly [weight: number, Move])[] {
  return [
    [3, openInput(devices)],
    [3, openOutput(devices)],
    [3, openDuplex(devices)],
    [8, start],
    [6, stop],
    [3, close],
    [4, abort],
    [2, postMessage],
    [10, tryReadInto],
    [10, readInto],
    [6, loop],
    [3, iterate],
    [2, toReadable],
    [2, toWebReadable],
    [14, write],
    [6, drain],
    [3, toWritable],
  ];
}
