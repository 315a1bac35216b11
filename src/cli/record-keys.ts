import type { ReadStream } from "node:tty";

/** What keys of a terminal do while it records. */
export interface RecordKeys {
  pause(): void;
  mark(): void;
  stop(): void;
}

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

/** Listens to single keys of a terminal until it is disposed of, which leaves the terminal as it was. */
export function listenToKeys(terminal: ReadStream, keys: RecordKeys): Disposable {
  const hear = (text: string): void => {
    for (const key of text) {
      press(key, keys);
    }
  };
  terminal.setRawMode(true);
  terminal.setEncoding("utf8");
  terminal.on("data", hear);
  terminal.resume();
  return {
    [Symbol.dispose]() {
      terminal.off("data", hear);
      terminal.pause();
      terminal.setRawMode(false);
    },
  };
}

function press(key: string, keys: RecordKeys): void {
  switch (key) {
    case " ":
      keys.pause();
      break;
    case "m":
    case "M":
      keys.mark();
      break;
    case "\r":
    case "\n":
    case "q":
    case CTRL_D:
      keys.stop();
      break;
    case CTRL_C:
      // A terminal that hands over single keys sends no signal by itself.
      process.kill(process.pid, "SIGINT");
      break;
  }
}
