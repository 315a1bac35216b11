import { type ChildProcess, fork } from "node:child_process";
import { debuglog } from "node:util";
import { freezeDevices } from "../devices.js";
import { AudioError, fromErrorMessage } from "../errors.js";
import type { Milliseconds } from "../format.js";
import type { Device } from "../hosts/host.js";
import type { ProbeReply, ProbeRequest } from "./protocol.js";

/** A driver may take seconds to answer; far longer means that it hangs. */
const LONGEST_LISTING: Milliseconds = 30_000;

/** How long a process may take to end by itself. */
const END_PATIENCE: Milliseconds = 1_000;

/** A process lists so often and is then replaced: host libraries lose a little memory each time they are started. */
const LISTINGS_OF_A_PROCESS = 1_000;

/** `NODE_DEBUG=roomtone`: nothing is silenced then. */
const debugging = debuglog("roomtone").enabled;

/** Lists the devices in a small process beside this one, started at the first listing and again when it has died. */
export class Probe {
  #child: ChildProcess | undefined;
  #listings = 0;

  /**
   * The devices as they are now; one call at a time.
   * Rejects with the AudioError of the listing, `host-error` when the process died, `stalled` when it hangs.
   */
  async list(known: readonly Device[]): Promise<readonly Device[]> {
    const child = this.#child ?? this.#start();
    const reply = await ask(child, { known });
    this.#listings += 1;
    if (this.#listings >= LISTINGS_OF_A_PROCESS) {
      await this.close();
    }
    if (reply.type === "failed") {
      throw fromErrorMessage(reply.error);
    }
    return freezeDevices(reply.devices);
  }

  /** Ends the process and waits for its end. A listing that is under way is rejected. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) {
      await end(child);
    }
  }

  #start(): ChildProcess {
    const child = fork(new URL("./probe.process.js", import.meta.url), {
      // None of this process's own options: a debugger's port, for instance, is taken.
      execArgv: [],
      stdio: ["ignore", "ignore", debugging ? "inherit" : "ignore", "ipc"],
    });
    const gone = (): void => {
      if (this.#child === child) {
        this.#child = undefined;
      }
    };
    child.once("exit", gone);
    // Whoever asks is told why it could not be started; without a listener Node would throw.
    child.on("error", gone);
    this.#child = child;
    this.#listings = 0;
    return child;
  }
}

function ask(child: ChildProcess, request: ProbeRequest): Promise<ProbeReply> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      settle(() => {
        reject(
          new AudioError(
            "stalled",
            `The devices could not be listed within ${LONGEST_LISTING / 1000} s: a driver or a sound server hangs.`,
          ),
        );
      });
    }, LONGEST_LISTING);
    const settle = (tell: () => void): void => {
      clearTimeout(limit);
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", onError);
      tell();
    };
    // What comes over the channel is typed by its other end, probe.process.ts.
    const onMessage = (reply: unknown): void => settle(() => resolve(reply as ProbeReply));
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
      settle(() => reject(died(`it ended with ${signal ?? `exit code ${code}`}`)));
    const onError = (error: Error): void => settle(() => reject(died(error.message, error)));
    child.once("message", onMessage);
    child.once("exit", onExit);
    child.once("error", onError);
    if (child.pid === undefined) {
      // It could not be started, which the event is about to tell.
      return;
    }
    child.send(request, (error) => {
      if (error !== null) {
        child.kill("SIGKILL");
        onError(error);
      }
    });
  });
}

function died(how: string, cause?: Error): AudioError {
  return new AudioError(
    "host-error",
    `The process that lists the devices failed: ${how}.`,
    cause === undefined ? {} : { cause },
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), END_PATIENCE);
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    if (child.connected) {
      child.disconnect();
    }
  });
}
