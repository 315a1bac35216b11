import type { Seconds } from "../format.js";

/** `0:03.2` */
export function clockTime(seconds: Seconds): string {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths - minutes * 600) / 10).toFixed(1).padStart(4, "0")}`;
}
