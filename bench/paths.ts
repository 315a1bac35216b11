import { fileURLToPath } from "node:url";

/** The root of the package: compiled, this file is in build/bench/. */
export const PACKAGE_ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A script of another program, which is not compiled. */
export function peerPath(name: string): string {
  return fileURLToPath(new URL(`../../bench/peers/${name}`, import.meta.url));
}

/** A compiled script that runs in a process of its own. */
export function childPath(name: string): string {
  return fileURLToPath(new URL(`./children/${name}.js`, import.meta.url));
}
