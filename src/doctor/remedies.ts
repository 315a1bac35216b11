import type { Facts } from "./facts.js";

/** Why no sound reaches this program, most likely, and what to do: by platform, and by what is known of it. */
export function permissionRemedy({ platform, linux, soundServers }: Facts): string {
  if (platform === "darwin") {
    return "allow your terminal (or editor) the microphone in System Settings, Privacy & Security, Microphone, and start it anew";
  }
  if (platform === "win32") {
    return "allow desktop apps the microphone in Settings, Privacy & security, Microphone, and look whether it is muted in Sound";
  }
  if (linux?.container === "wsl") {
    return "use WSLg, whose PulseAudio passes the microphone on (PULSE_SERVER=unix:/mnt/wslg/PulseServer, libasound2-plugins), and allow it in Windows' privacy settings";
  }
  if (linux !== undefined && linux.container !== null && !linux.devSnd) {
    return "pass the sound card into the container (docker run --device /dev/snd --group-add audio), or the sound server's socket";
  }
  if (linux?.captureNodes.some(({ usable }) => !usable) === true && linux.inAudioGroup === false) {
    return 'sudo usermod -aG audio "$USER", then log in anew';
  }
  if (soundServers.some(({ answers }) => answers === true)) {
    return "look whether the microphone is muted or another one is chosen: pactl list short sources, pavucontrol (Input Devices)";
  }
  if (linux?.cards.length === 0) {
    return "connect a microphone: the kernel has found no sound card (cat /proc/asound/cards), and no sound server runs";
  }
  return "look whether the microphone is muted: alsamixer, F4";
}
