import { hostOf } from "../device-query.js";
import type { Frames, SampleFormat, Seconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import { framesInRing, type RingMemory, wakeReader } from "../ring.js";
import { AudioStream } from "./audio-stream.js";
import { type InputChoice, settleInput } from "./input-settings.js";
import { LifeCycle } from "./life-cycle.js";
import type { OneSideSettings } from "./one-side.js";
import { type OpenStream, openStream, ringOfSide, type StreamSettings } from "./open-stream.js";

type Settings = OneSideSettings & StreamSettings;

/**
 * An input stream whose frames another thread reads: its life is led here, the reading end of its ring belongs to
 * whoever gets `ring`. An abort of the choice's signal is left to the owner.
 */
export class RingStream extends AudioStream {
  readonly device: Device;
  readonly numberOfChannels: number;
  readonly format: SampleFormat;
  /** The latency that the host reports. */
  readonly latency: Seconds;
  readonly blockFrames: Frames;
  /** Whether the device has a clock: one without waits for a reader that is late. */
  readonly paced: boolean;
  readonly ring: RingMemory;
  /** The numbers that the audio thread keeps, for a `StatsWords` of another thread. */
  readonly statsMemory: SharedArrayBuffer;
  readonly #life: LifeCycle;

  /** Opens a device for checked options, as `InputStream.open()` does. */
  static open(choice: InputChoice): Promise<RingStream> {
    return openStream(
      hostOf(choice.device),
      choice,
      (candidates): Settings => {
        const settings = settleInput(choice, candidates);
        return { ...settings, input: settings, output: undefined };
      },
      (open) => new RingStream(open, choice),
    );
  }

  private constructor(open: OpenStream<Settings>, choice: InputChoice) {
    const { thread, settings, opened } = open;
    const ring = ringOfSide(open, "input");
    const life = new LifeCycle({
      thread,
      signal: undefined,
      changed: () => wakeReader(ring),
      pushes: false,
      processes: choice.processor !== undefined,
    });
    super({
      open,
      life,
      inputFacts: () => ({
        latency: choice.latency,
        inRing: framesInRing(ring),
        capacityFrames: ring.capacityFrames,
        clipped: 0,
      }),
      outputFacts: () => undefined,
    });
    this.device = settings.device;
    this.numberOfChannels = settings.channelNumbers.length;
    this.format = settings.format;
    this.latency = opened.inputLatency;
    this.blockFrames = settings.blockFrames;
    this.paced = opened.paced;
    this.ring = ring;
    this.statsMemory = thread.stats.shared;
    this.#life = life;
  }

  /** Stops the device; what came until now can still be read. */
  stop(): Promise<void> {
    return this.#life.stop(false);
  }
}
