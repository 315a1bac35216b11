/** Frames of 24-bit stereo from frame `start` on: each byte tells where it stands in the audio. */
export function fillPattern(start: number, frames: number): Uint8Array {
  return Uint8Array.from({ length: frames * 6 }, (_, index) => ((start * 6 + index) * 7) % 251);
}
