import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { redacted, type Secrets } from "../../src/doctor/redact.js";

const SECRETS: Secrets = {
  home: "/home/ada",
  user: "ada",
  host: "workstation7",
  values: ["/home/ada/My Thesis/libportaudio.so", "/srv/secret lab/asound.conf"],
};

function redact(text: string): string {
  return redacted({ text }, SECRETS).text;
}

describe("a report without what is private", () => {
  for (const [text, expected] of [
    ["/home/ada/x/take.wav", "~/take.wav"],
    ["/home/ada", "~"],
    ["it is /home/ada/a/b.so: gone", "it is ~/b.so: gone"],
    [
      "ROOMTONE_PORTAUDIO names /home/ada/My Thesis/libportaudio.so, gone",
      "ROOMTONE_PORTAUDIO names ~/libportaudio.so, gone",
    ],
    ["unix:/srv/secret lab/asound.conf", "unix:<path>/asound.conf"],
    ["/mnt/data/project/take.wav", "<path>/take.wav"],
    ["/tmp/roomtone-1/pulse.sock", "<path>/pulse.sock"],
    ["C:\\Users\\Ada\\portaudio.dll", "<path>\\portaudio.dll"],
    ["C:\\Windows\\System32\\portaudio.dll", "C:\\Windows\\System32\\portaudio.dll"],
    ["/usr/lib/x86_64-linux-gnu/libportaudio.so.2", "/usr/lib/x86_64-linux-gnu/libportaudio.so.2"],
    [
      "/dev/snd/pcmC0D0c, /run/user/1000/pulse/native",
      "/dev/snd/pcmC0D0c, /run/user/1000/pulse/native",
    ],
    ["Ada's AirPods on WORKSTATION7", "<user>'s AirPods on <host>"],
    ["virtual:file?loop=true&path=%2Fsrv%2Fx.wav", "virtual:file?loop=true&path=<path>"],
    ["Canada and adapters", "Canada and adapters"],
    ["see https://example.org/docs/errors.md", "see https://example.org/docs/errors.md"],
    ["2 in/out, -12.3 dBFS", "2 in/out, -12.3 dBFS"],
  ] as const) {
    test(`${text} is ${expected}`, () => {
      assert.equal(redact(text), expected);
    });
  }

  test("is a deep copy of the same shape", () => {
    const value = { list: ["ada", 1, null, { path: "/home/ada/x" }], is: true };
    assert.deepEqual(redacted(value, SECRETS), {
      list: ["<user>", 1, null, { path: "~/x" }],
      is: true,
    });
    assert.deepEqual(value.list[0], "ada");
  });

  test("leaves names that say nothing", () => {
    for (const user of ["root", "", "jo"]) {
      assert.equal(redacted("root or jo", { ...SECRETS, user }), "root or jo");
    }
  });
});
