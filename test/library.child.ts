// Runs in a process of its own, started by library.slow.test.ts: what is loaded and printed, as its first argument asks.
const [what] = process.argv.slice(2);

switch (what) {
  case "import":
    await everyEntry();
    break;
  case "virtual":
    await recordVirtual();
    break;
  case "real":
    await (await import("../src/index.js")).devices();
    break;
  default:
    await fail();
}
console.log(JSON.stringify({ native: sharedObjects(), handles: process.getActiveResourcesInfo() }));

async function everyEntry(): Promise<void> {
  await import("../src/index.js");
  await import("../src/portaudio.js");
  await import("../src/wave.js");
}

async function recordVirtual(): Promise<void> {
  const { devices, record } = await import("../src/index.js");
  await devices({ host: "virtual" });
  await record({ frames: 100, device: "virtual:tone?pace=fast" });
}

/** Without a library each of these gives an error, which is printed as JSON, one a line. */
async function fail(): Promise<void> {
  const { AudioError, defaultInput, devices, findDevice, InputStream, record } = await import(
    "../src/index.js"
  );
  const { getPortaudioVersion, PyAudio } = await import("../src/portaudio.js");
  for (const call of [
    () => devices(),
    () => devices(),
    () => defaultInput(),
    () => findDevice("microphone"),
    () => InputStream.open(),
    () => record({ seconds: 1 }),
    () => new PyAudio(),
    () => getPortaudioVersion(),
  ]) {
    try {
      await call();
      console.log(JSON.stringify({ call: String(call), error: "none" }));
    } catch (error) {
      const code = error instanceof AudioError ? error.code : String(error);
      const message = error instanceof Error ? error.message : "";
      console.log(JSON.stringify({ call: String(call), code, message }));
    }
  }
}

/** Native code beyond what node itself is linked to. */
function sharedObjects(): string[] {
  const report: unknown = process.report.getReport();
  const text = typeof report === "string" ? report : JSON.stringify(report);
  const { sharedObjects }: { sharedObjects: string[] } = JSON.parse(text);
  return sharedObjects.filter((path) => /\.node$|koffi|portaudio|asound|jack/.test(path));
}
