import { type ChildProcess, fork } from "node:child_process";
import type { ErrorMessage } from "../errors.js";
import type { Milliseconds } from "../format.js";
import type { Facts, Fault } from "./facts.js";
import type { ExaminationReply, ExaminationRequest } from "./protocol.js";

/** What an examination finds out. */
export type Examination = Pick<Facts, "library" | "libraryFault" | "recording" | "recordingFault">;

/** A driver may take seconds to answer; longer means that it hangs. */
const LISTING_PATIENCE: Milliseconds = 10_000;
/** What a recording may take beyond its own length: opening, and a device that gives nothing. */
const RECORDING_PATIENCE: Milliseconds = 15_000;
/** How much of what the process wrote to stderr is kept. */
const LAST_WORDS = 2_000;

/**
 * Lists the devices and makes a test recording, in a process that is ended when it takes too long. Whatever happens to
 * it is a result.
 */
export function examine(request: ExaminationRequest): Promise<Examination> {
  return new Promise((resolve) => {
    const child = fork(new URL("./examine.process.js", import.meta.url), {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let words = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      words = `${words}${text}`.slice(-LAST_WORDS);
    });
    let found: Examination = {};
    const isListed = (): boolean => found.library !== undefined || found.libraryFault !== undefined;
    const settle = (fault?: Fault): void => {
      clearTimeout(limit);
      if (fault !== undefined && !isListed()) {
        found = { libraryFault: fault };
      } else if (fault !== undefined && request.seconds !== undefined && !isRecorded(found)) {
        found = { ...found, recordingFault: fault };
      }
      resolve(found);
    };
    const hung = (what: string, patience: Milliseconds): NodeJS.Timeout =>
      setTimeout(() => {
        child.kill("SIGKILL");
        settle({ code: "hung", message: `${what} did not end within ${patience / 1000} s` });
      }, patience);
    let limit = hung("Listing the devices", LISTING_PATIENCE);
    // What comes over the channel is typed by its other end, examine.process.ts.
    child.on("message", (reply: unknown) => {
      found = { ...found, ...told(reply as ExaminationReply) };
      clearTimeout(limit);
      limit = hung("The test recording", (request.seconds ?? 0) * 1000 + RECORDING_PATIENCE);
    });
    child.once("error", (error) => settle({ code: "died", message: error.message }));
    // Not at "exit": what it said last may still be on the way.
    child.once("close", (code, signal) => {
      const how = `Its process ended with ${signal ?? `exit code ${code}`}`;
      settle(code === 0 ? undefined : { code: "died", message: lastLine(how, words) });
    });
    ask(child, request);
  });
}

function ask(child: ChildProcess, request: ExaminationRequest): void {
  if (child.pid !== undefined) {
    child.send(request, () => {
      // That it ended before it heard this is told by its end.
    });
  }
}

function told(reply: ExaminationReply): Examination {
  switch (reply.type) {
    case "listed":
      return { library: reply.library };
    case "not-listed":
      return { libraryFault: faultOf(reply.error) };
    case "recorded":
      return { recording: reply.recording };
    case "not-recorded":
      return { recordingFault: faultOf(reply.error) };
  }
}

function faultOf({ code, message }: ErrorMessage): Fault {
  return { code, message };
}

function isRecorded(found: Examination): boolean {
  return found.recording !== undefined || found.recordingFault !== undefined;
}

function lastLine(how: string, words: string): string {
  const line = words.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? how : `${how}: ${line}`;
}
