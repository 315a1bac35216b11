import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AudioError,
  DuplexStream,
  type DuplexStreamOptions,
  InputStream,
  type InputStreamOptions,
  OutputStream,
  type OutputStreamOptions,
} from "../src/index.js";
import type { Fault } from "./faulty.processor.js";
import { assertCounters } from "./rig/counter.js";

const processor = (name: string): URL => new URL(`./${name}.processor.js`, import.meta.url);

const EFFECT = processor("effect");
const FAULTY = processor("faulty");
const FAST = "virtual:sink?rate=8000&pace=fast";
const PACED = "virtual:sink?rate=8000";
const RAMP = "virtual:ramp?rate=8000&pace=fast";
const FAST_LOOP = "virtual:loopback?rate=8000&pace=fast";

function output(options: OutputStreamOptions): Promise<OutputStream> {
  return OutputStream.open({ device: FAST, format: "int16", channels: 1, ...options });
}

function input(options: InputStreamOptions): Promise<InputStream> {
  return InputStream.open({ device: RAMP, format: "int16", ...options });
}

function duplex(options: DuplexStreamOptions): Promise<DuplexStream> {
  return DuplexStream.open({ device: FAST_LOOP, format: "int16", ...options });
}

describe("a processor that fails", { concurrency: 4, timeout: 60_000 }, () => {
  const hows: readonly { readonly how: Fault["how"]; readonly name: string; message: string }[] = [
    { how: "type-error", name: "TypeError", message: "wrong type" },
    { how: "own-error", name: "OwnError", message: "my own" },
    { how: "odd-error", name: "RangeError", message: "odd" },
    { how: "text", name: "Error", message: "a text" },
  ];

  function assertFailed(error: unknown, name: string, message: string, where: RegExp): void {
    assert.ok(error instanceof AudioError, String(error));
    assert.equal(error.code, "processor-failed");
    assert.match(error.message, where);
    assert.ok(error.message.includes(message), error.message);
    const { cause } = error;
    assert.ok(cause instanceof Error);
    assert.deepEqual([cause.name, cause.message], [name, message]);
    assert.equal(cause instanceof TypeError, name === "TypeError");
    if (name !== "Error") {
      assert.match(cause.stack ?? "", /faulty\.processor/);
    }
  }

  for (const { how, name, message } of hows) {
    test(`ends an input with its ${name}, at its position; frames before it can be read`, async () => {
      const fault: Fault = { in: "process", how, position: 1024 };
      await using stream = await input({ processor: FAULTY, processorOptions: fault });
      const finished = stream.finished.catch((error: unknown) => error);
      let end = 0;
      const thrown = await (async () => {
        for await (const { samples, position, length } of stream) {
          assertCounters(samples, position);
          end = position + length;
        }
        return undefined;
      })().catch((error: unknown) => error);
      assert.ok(end >= 1024 + 128, `${end}`);
      assertFailed(thrown, name, message, /position 1024/);
      assert.equal(await finished, thrown);
    });

    test(`ends an output with its ${name}, and a duplex stream`, async () => {
      for (const position of [0, 256]) {
        const fault: Fault = { in: "process", how, position };
        const options = { processor: FAULTY, processorOptions: fault };
        for (const stream of [await output(options), await duplex(options)]) {
          const finished = stream.finished.catch((error: unknown) => error);
          // The very first block of an output is made before the device starts.
          const starting = await stream.start().catch((error: unknown) => error);
          const failure = await finished;
          assertFailed(failure, name, message, new RegExp(`position ${position}`));
          assert.ok(starting === undefined || starting === failure);
          assert.equal(stream.state, "failed");
          await assert.rejects(stream.start(), { code: "stream-closed" });
          await stream.close();
        }
      }
    });

    test(`in its setup gives its ${name}, and the device is free`, async () => {
      const fault: Fault = { in: "setup", how };
      const options = { processor: FAULTY, processorOptions: fault };
      for (const opening of [input, output, duplex]) {
        const error = await opening(options).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        assertFailed(error, name, message, /cannot be set up/);
      }
    });

    test(`at a message ends the stream with its ${name}; at its close, close() tells`, async () => {
      await using stream = await output({
        device: PACED,
        processor: FAULTY,
        processorOptions: { in: "message", how } satisfies Fault,
      });
      await stream.start();
      stream.postMessage(1);
      assertFailed(
        await stream.finished.catch((error: unknown) => error),
        name,
        message,
        /message/,
      );

      const closing = await output({
        processor: FAULTY,
        processorOptions: { in: "close", how } satisfies Fault,
      });
      const error = await closing.close().catch((thrown: unknown) => thrown);
      assertFailed(error, name, message, /closed/);
      assert.equal(closing.state, "closed");
    });
  }

  test("by a promise is told so", async () => {
    await using stream = await input({
      processor: FAULTY,
      processorOptions: { in: "process", how: "promise" } satisfies Fault,
    });
    await assert.rejects(
      stream.readInto(new Int16Array(1)).then(async () => stream.finished),
      {
        code: "processor-failed",
        message: /promise/,
      },
    );
  });

  test("by posting what cannot be cloned is told so", async () => {
    await using stream = await input({
      processor: FAULTY,
      processorOptions: { in: "post", how: "text" } satisfies Fault,
    });
    await stream.start();
    await assert.rejects(stream.finished, {
      code: "processor-failed",
      message: /could not be cloned/,
    });
  });

  test("is refused when it is no module, or none with a process", async () => {
    const wrong: readonly [URL, RegExp][] = [
      [processor("empty"), /exports no function `process`/],
      [processor("missing"), /Cannot find module/],
      [new URL("data:text/javascript,syntax error"), /cannot be set up/],
    ];
    for (const [url, message] of wrong) {
      await assert.rejects(input({ processor: url }), { code: "processor-failed", message });
    }
    await assert.rejects(input({ processor: new URL("https://example.org/x.js") }), RangeError);
    await assert.rejects(input({ processor: new URL("node:fs") }), RangeError);
  });

  test("options that cannot be cloned are an error, and nothing hangs", async () => {
    for (const processorOptions of [() => {}, { deep: [Symbol("x")] }]) {
      await assert.rejects(input({ processor: EFFECT, processorOptions }), {
        name: "DataCloneError",
      });
    }
  });
});
