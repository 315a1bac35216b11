/** A module that is no processor: it lacks the one function that counts. */
export function setup(): void {}
