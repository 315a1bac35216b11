// Runs in audio threads only.
import { debuglog } from "node:util";
import koffi, { type LibraryHandle } from "koffi";
import { wideWords } from "../../process-words.js";

/** `NODE_DEBUG=roomtone`: nothing is silenced then, the native lines come to stderr among ours. */
const debugging = debuglog("roomtone").enabled;

/** Index in `wideWords` of the one `FILE *` on /dev/null that the process keeps. */
const SINK_WORD = 0;

/**
 * Keeps ALSA's, JACK's and PortAudio's own messages off stderr.
 *
 * Two means, because there are two kinds of lines. ALSA and JACK have error handlers: these are pointed at a native
 * function that takes no arguments and does nothing, `Pa_GetVersion`; a JavaScript closure there would be called from
 * threads that are not ours and crash when collected. PortAudio prints `Expression ... failed` itself, through the C
 * library's `stderr`: that stream is pointed at /dev/null for the length of a control call, under the control lock.
 * File descriptor 2, which Node writes to, is not touched.
 */
export interface Quiet {
  /** Runs a control call without native lines on stderr. The caller holds the control lock. */
  during<Result>(call: () => Result): Result;
}

/** Makes this process quiet and returns the wrapper for control calls. */
export function makeQuiet(library: LibraryHandle): Quiet {
  if (debugging || process.platform !== "linux") {
    return { during: (call) => call() };
  }
  silenceHandlers(library);
  return glibcQuiet() ?? { during: (call) => call() };
}

function silenceHandlers(library: LibraryHandle): void {
  const nothing: unknown = library.symbol("Pa_GetVersion");
  for (const setter of [
    "int snd_lib_error_set_handler(void *handler)",
    "void jack_set_error_function(void *handler)",
    "void jack_set_info_function(void *handler)",
  ]) {
    try {
      // The symbols are found through PortAudio's own dependencies, so nothing is loaded that it does not use.
      library.func(setter)(nothing);
    } catch {
      // This PortAudio was built without that host API: there is nothing to silence.
    }
  }
}

/** With glibc `stderr` is a variable that may be set; in other C libraries it is a constant. */
function glibcQuiet(): Quiet | undefined {
  const libc = koffi.load(null);
  try {
    libc.symbol("gnu_get_libc_version");
  } catch {
    return undefined;
  }
  const variable: unknown = libc.symbol("stderr");
  const sink = nullFile(libc);
  return {
    during: (call) => {
      const own: unknown = koffi.decode(variable, "void *");
      koffi.encode(variable, "void *", sink);
      try {
        return call();
      } finally {
        koffi.encode(variable, "void *", own);
      }
    },
  };
}

/** The process's `FILE *` on /dev/null: opened once and never closed, since another thread may be printing to it. */
function nullFile(libc: LibraryHandle): bigint {
  const known = Atomics.load(wideWords, SINK_WORD);
  if (known !== 0n) {
    return known;
  }
  const opened = koffi.address(
    libc.func("void *fopen(const char *path, const char *mode)")("/dev/null", "w"),
  );
  const before = Atomics.compareExchange(wideWords, SINK_WORD, 0n, opened);
  return before === 0n ? opened : before;
}
