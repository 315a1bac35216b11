import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { WindowsPrivacy } from "./facts.js";

const STORE =
  "Software\\Microsoft\\Windows\\CurrentVersion\\CapabilityAccessManager\\ConsentStore\\microphone";
/** The whole machine, this user, and this user's desktop programs: each can forbid it. */
const KEYS = [`HKLM\\${STORE}`, `HKCU\\${STORE}`, `HKCU\\${STORE}\\NonPackaged`];

/** Asks the registry whether desktop programs may use the microphone. Only on Windows. */
export async function windowsPrivacy(): Promise<WindowsPrivacy> {
  const answers = await Promise.all(
    KEYS.map(async (key) => {
      try {
        const query = ["query", key, "/v", "Value"];
        const { stdout } = await promisify(execFile)("reg", query, { timeout: 5_000 });
        return stdout;
      } catch {
        // Older versions have no such key.
        return "";
      }
    }),
  );
  return privacyOf(answers);
}

/** What the answers of `reg query` say together. */
export function privacyOf(answers: readonly string[]): WindowsPrivacy {
  const values = answers.map((text) => /\bValue\s+REG_SZ\s+(\w+)/.exec(text)?.[1]?.toLowerCase());
  if (values.includes("deny")) {
    return "denied";
  }
  return values.includes("allow") ? "allowed" : "unknown";
}
