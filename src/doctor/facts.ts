import type { AudioErrorCode } from "../errors.js";
import type { Dbfs, Frames, Hertz, Seconds } from "../format.js";
import type { Device, HostApi } from "../hosts/host.js";
import type { EnvironmentFact } from "./environment.js";
import type { LinuxFacts } from "./linux.js";
import type { SoundServer } from "./sound-servers.js";

/** What went wrong while something was tried. */
export interface Fault {
  /** `died`: the process that tried it ended by itself; `hung`: it was ended because it took too long. */
  readonly code: AudioErrorCode | "died" | "hung";
  readonly message: string;
}

/** What the process that uses PortAudio has found. */
export interface LibraryFacts {
  readonly versionText: string;
  /** The file that was loaded, where the system tells. */
  readonly path: string | null;
  readonly hostApis: readonly HostApi[];
  readonly devices: readonly Device[];
}

/** One thing that is wrong with a sound, as `levels()` says it. */
export interface SoundVerdict {
  readonly code: string;
  readonly text: string;
}

/** A test recording that came to its end. */
export interface TestRecording {
  readonly device: string;
  /** It records what the machine plays, not a microphone. */
  readonly isLoopback: boolean;
  readonly seconds: Seconds;
  readonly frames: Frames;
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly lostFrames: Frames;
  /** One for each channel; null is digital silence. */
  readonly peakDbfs: readonly (Dbfs | null)[];
  readonly rmsDbfs: readonly (Dbfs | null)[];
  readonly verdicts: readonly SoundVerdict[];
}

/** Whether Windows lets desktop programs use the microphone. */
export type WindowsPrivacy = "allowed" | "denied" | "unknown";

/** All that the doctor has found out, before anything is made of it. */
export interface Facts {
  /** Version of this package. */
  readonly roomtone: string;
  readonly node: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Name and version of the operating system. */
  readonly system: string;
  readonly environment: readonly EnvironmentFact[];
  readonly linux?: LinuxFacts;
  readonly windowsPrivacy?: WindowsPrivacy;
  readonly soundServers: readonly SoundServer[];
  /** The device that was asked for; absent for the default. */
  readonly askedDevice?: string;
  readonly library?: LibraryFacts;
  /** Why `library` is absent. */
  readonly libraryFault?: Fault;
  readonly recording?: TestRecording;
  /** Why `recording` is absent, unless none was asked for. */
  readonly recordingFault?: Fault;
}
