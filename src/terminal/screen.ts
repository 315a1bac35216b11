import { writeSync } from "node:fs";
import type { WriteStream } from "node:tty";

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
/** Colours off, lines wrap, cursor shown, the screen from before. */
const LEAVE = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** A terminal and the file behind it, as `process.stdout` is one. */
export type Terminal = WriteStream & { readonly fd: number };

/**
 * A terminal's second screen, to draw on again and again. The first one is back, with its cursor and its colours, when
 * this is closed, and at the end of the process however it comes, but for SIGKILL.
 */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #resized: () => void;
  readonly #leave = (): void => this[Symbol.dispose]();
  #open = true;

  /** `resized` is called when the terminal has another size. */
  constructor(terminal: Terminal, resized: () => void) {
    this.#terminal = terminal;
    this.#resized = resized;
    process.once("exit", this.#leave);
    terminal.on("resize", resized);
    terminal.write(ENTER);
  }

  /** Letters in a line. */
  get columns(): number {
    return this.#terminal.columns;
  }

  /** Lines. */
  get rows(): number {
    return this.#terminal.rows;
  }

  /** Shows the lines, as many as there is room for. Does nothing while the terminal has not taken what was shown before. */
  show(lines: readonly string[]): void {
    if (this.#open && this.#terminal.writableLength === 0) {
      const text = lines.slice(0, this.rows).join(`${CLEAR_LINE_END}\r\n`);
      this.#terminal.write(`${HOME}${text}${CLEAR_LINE_END}${CLEAR_BELOW}`);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#open) {
      return;
    }
    this.#open = false;
    process.off("exit", this.#leave);
    this.#terminal.off("resize", this.#resized);
    // At once: at the end of the process nothing waits for a stream.
    try {
      writeSync(this.#terminal.fd, LEAVE);
    } catch {
      // The terminal is gone: nothing is left to be put right.
    }
  }
}
