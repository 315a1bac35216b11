import type { Facts } from "./facts.js";

/** What to do about a device that gives nothing but zeros. */
export function silenceRemedy({ platform, soundServers }: Facts): string {
  if (platform === "darwin") {
    return "allow your terminal (or editor) the microphone in System Settings, Privacy & Security, Microphone, and start it anew";
  }
  if (platform === "win32") {
    return "allow desktop apps the microphone in Settings, Privacy & security, Microphone, and look whether it is muted in Sound";
  }
  return soundServers.some(({ answers }) => answers === true)
    ? "look whether the microphone is muted or another one is chosen: pactl list short sources, pavucontrol (Input Devices)"
    : "look whether the microphone is muted: alsamixer, F4";
}

/** What to do about devices that cannot be reached, by what is known of the machine. */
export function accessRemedy(facts: Facts): string {
  const { linux, soundServers } = facts;
  if (linux?.container === "wsl") {
    return "use WSLg, whose PulseAudio passes the microphone on (PULSE_SERVER=unix:/mnt/wslg/PulseServer, libasound2-plugins), and allow it in Windows' privacy settings";
  }
  if (linux !== undefined && linux.container !== null && !linux.devSnd) {
    return "pass the sound card into the container (docker run --device /dev/snd --group-add audio), or the sound server's socket";
  }
  if (linux?.captureNodes.some(({ usable }) => !usable) === true && linux.inAudioGroup === false) {
    return 'sudo usermod -aG audio "$USER", then log in anew';
  }
  if (linux?.cards.length === 0 && !soundServers.some(({ answers }) => answers === true)) {
    return "connect a microphone: the kernel has found no sound card (cat /proc/asound/cards), and no sound server runs";
  }
  return silenceRemedy(facts);
}
