// Runs in audio threads only.
import { debuglog } from "node:util";
import koffi, { type LibraryHandle } from "koffi";
import { MUTED_WORD, wideWords, words } from "../../process-words.js";

/** `NODE_DEBUG=roomtone`: nothing is silenced then, the native lines come to stderr among ours. */
const debugging = debuglog("roomtone").enabled;

/** Indexes in `wideWords`: the `FILE *` on /dev/null that the process keeps, and its own stderr. */
const SINK_WORD = 0;
const OWN_WORD = 1;

/**
 * Keeps ALSA's, JACK's and PortAudio's own messages off stderr.
 *
 * Two means, because there are two kinds of lines. ALSA and JACK have error handlers: these are pointed at a native
 * function that takes no arguments and does nothing, `Pa_GetVersion`; a JavaScript closure there would be called from
 * threads that are not ours and crash when collected. PortAudio prints `Expression ... failed` itself, through the C
 * library's `stderr`: that stream is pointed at /dev/null for the length of a call.
 * File descriptor 2, which Node writes to, is not touched.
 */
export interface Quiet {
  /** Runs a native call without its lines on stderr. */
  during<Result>(call: () => Result): Result;
}

/** Makes this process quiet and returns the wrapper for calls that may print. The caller holds the control lock. */
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
  const own = once(OWN_WORD, () => koffi.decode(variable, "void *"));
  // Opened once and never closed, since another thread may be printing to it.
  const sink = once(SINK_WORD, () =>
    libc.func("void *fopen(const char *path, const char *mode)")("/dev/null", "w"),
  );
  // Threads may be inside at the same time: the first one in turns the stream away, the last one out turns it back.
  return {
    during: (call) => {
      if (Atomics.add(words, MUTED_WORD, 1) === 0) {
        koffi.encode(variable, "void *", sink);
      }
      try {
        return call();
      } finally {
        if (Atomics.sub(words, MUTED_WORD, 1) === 1) {
          koffi.encode(variable, "void *", own);
        }
      }
    },
  };
}

/** A pointer that is made by the first thread of the process and kept for all others. */
function once(word: number, make: () => unknown): bigint {
  const known = Atomics.load(wideWords, word);
  if (known !== 0n) {
    return known;
  }
  const made = koffi.address(make());
  const before = Atomics.compareExchange(wideWords, word, 0n, made);
  return before === 0n ? made : before;
}
