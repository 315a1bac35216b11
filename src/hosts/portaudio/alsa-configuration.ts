// Runs where PortAudio is loaded.
import { accessSync, constants } from "node:fs";
import koffi, { type LibraryHandle } from "koffi";
import { AudioError } from "../../errors.js";

/** The names of which ALSA's configuration must have one. */
const NEEDED: readonly string[] = ["pcm.default", "pcm.dmix"];

/**
 * Throws AudioError `host-error` for an ALSA configuration that PortAudio 19.6 does not bear: with no device named
 * `default` or `dmix` in it an assertion of its own fails, which ends the process. The caller holds the control lock.
 */
export function checkAlsaConfiguration(library: LibraryHandle): void {
  if (process.platform !== "linux") {
    return;
  }
  checkPath(process.env.ALSA_CONFIG_PATH);
  const hasDevice = alsaSearch(library);
  if (hasDevice !== undefined && !NEEDED.some(hasDevice)) {
    throw new AudioError(
      "host-error",
      "ALSA's configuration has no device named default, without which PortAudio cannot start. Add one, or unset ALSA_CONFIG_PATH.",
    );
  }
}

/** `ALSA_CONFIG_PATH` names one file, or several with colons or spaces between them. */
function checkPath(path: string | undefined): void {
  if (path === undefined || path === "") {
    return;
  }
  const readable = path.split(/[: ]/).some((file) => {
    try {
      accessSync(file, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!readable) {
    throw new AudioError(
      "host-error",
      `ALSA_CONFIG_PATH names ${path}, which cannot be read: ALSA has no configuration. Unset it or correct it.`,
    );
  }
}

/** Whether a key is in ALSA's configuration; undefined when this PortAudio was built without ALSA. */
function alsaSearch(library: LibraryHandle): ((key: string) => boolean) | undefined {
  try {
    // The symbols are found through PortAudio's own dependencies.
    const update = library.func("int snd_config_update()");
    const search = library.func(
      "int snd_config_search(void *config, const char *key, _Out_ void **result)",
    );
    if (update() < 0) {
      return () => false;
    }
    const top: unknown = koffi.decode(library.symbol("snd_config"), "void *");
    return (key) => search(top, key, [null]) === 0;
  } catch {
    return undefined;
  }
}
