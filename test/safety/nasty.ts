/** What a test's own getters, callbacks and signals throw: it may come out of any call, as it went in. */
export class Mine extends Error {
  override readonly name = "Mine";
}

/** A value that hardly any argument may have, made anew for each use. */
export interface Nasty {
  readonly name: string;
  readonly make: () => unknown;
}

function nasty(name: string, make: () => unknown): Nasty {
  return { name, make };
}

function thrower(): never {
  throw new Mine("from a getter");
}

/** A view of memory that was given away: it has length 0, and copies to and from it fail. */
export function detach<View extends ArrayBufferView>(view: View): View {
  if (view.buffer instanceof ArrayBuffer) {
    structuredClone(view.buffer, { transfer: [view.buffer] });
  }
  return view;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Everything is a trap here. */
const TRAPS: ProxyHandler<object> = {
  get: thrower,
  has: thrower,
  ownKeys: thrower,
  getPrototypeOf: thrower,
  getOwnPropertyDescriptor: thrower,
};

/** An object whose named properties throw when they are looked at. */
export function throwing(...names: readonly string[]): object {
  return Object.defineProperties(
    {},
    Object.fromEntries(names.map((name) => [name, { enumerable: true, get: thrower }])),
  );
}

export const NASTY: readonly Nasty[] = [
  nasty("undefined", () => undefined),
  nasty("null", () => null),
  nasty("true", () => true),
  nasty("false", () => false),
  nasty("0", () => 0),
  nasty("-0", () => -0),
  nasty("1", () => 1),
  nasty("-1", () => -1),
  nasty("0.5", () => 0.5),
  nasty("5e-324", () => Number.MIN_VALUE),
  nasty("NaN", () => Number.NaN),
  nasty("Infinity", () => Number.POSITIVE_INFINITY),
  nasty("-Infinity", () => Number.NEGATIVE_INFINITY),
  nasty("2^31 - 1", () => 2 ** 31 - 1),
  nasty("2^31", () => 2 ** 31),
  nasty("2^32", () => 2 ** 32),
  nasty("2^53", () => 2 ** 53),
  nasty("1e308", () => 1e308),
  nasty("1n", () => 1n),
  nasty("an empty string", () => ""),
  nasty("a string", () => "nasty"),
  nasty("a number in a string", () => "1"),
  nasty("a NUL in a string", () => "virtual:\0"),
  nasty("half of a surrogate pair", () => "virtual:file?path=\uD800"),
  nasty("a long string", () => "a".repeat(100_000)),
  nasty("a bad percent sign", () => "virtual:tone?frequency=%"),
  nasty("a symbol", () => Symbol("nasty")),
  nasty("an empty object", () => ({})),
  nasty("an object without prototype", () => Object.create(null)),
  nasty("an object of a strange class", () => ({ constructor: { name: Symbol("class") } })),
  nasty("an unknown option", () => ({ nasty: 1 })),
  nasty("an object with throwing getters", () =>
    throwing("id", "host", "device", "signal", "channels", "rate", "then", "direction"),
  ),
  nasty("an object that cannot be a primitive", () => ({
    toString: thrower,
    valueOf: thrower,
    [Symbol.toPrimitive]: thrower,
  })),
  nasty("a proxy full of traps", () => new Proxy({}, TRAPS)),
  nasty("a proxy of a function", () => new Proxy(() => {}, {})),
  nasty("a revoked proxy", revoked),
  nasty("an empty array", () => []),
  nasty("an array of nothing", () => [undefined, null]),
  nasty("an array with holes", () => Object.assign([], { length: 3 })),
  nasty("a long array", () => Object.assign([], { length: 2 ** 32 - 1 })),
  nasty("an array of itself", () => {
    const own: unknown[] = [];
    own.push(own);
    return own;
  }),
  nasty("a function", () => () => {}),
  nasty("a function that throws", () => thrower),
  nasty("an async function", () => async () => {}),
  nasty("a class", () => class {}),
  nasty("a date", () => new Date(Number.NaN)),
  nasty("a RegExp", () => /(?:)/g),
  nasty("a RegExp that throws", () => Object.assign(/x/, { exec: thrower })),
  nasty("a promise", () => Promise.resolve()),
  nasty("a thing with then", () => JSON.parse(`{ "then": 1 }`)),
  nasty("a DataView", () => new DataView(new ArrayBuffer(8), 1)),
  nasty("an ArrayBuffer", () => new ArrayBuffer(8)),
  nasty("a SharedArrayBuffer", () => new SharedArrayBuffer(8)),
  nasty("a BigInt64Array", () => new BigInt64Array(1)),
  nasty("a Float64Array", () => new Float64Array(8)),
  nasty("an empty Uint8Array", () => new Uint8Array(0)),
  nasty("a Uint8Array", () => new Uint8Array(24)),
  nasty("a detached Uint8Array", () => detach(new Uint8Array(24))),
  nasty("a detached Float32Array", () => detach(new Float32Array(24))),
  nasty("a Float32Array with a false length", () =>
    Object.defineProperty(new Float32Array(24), "length", { value: 2 ** 20 }),
  ),
  nasty("a Uint8Array with a false byteLength", () =>
    Object.defineProperty(new Uint8Array(24), "byteLength", { value: 2 ** 20 }),
  ),
  nasty("a Uint8Array with a throwing byteLength", () =>
    Object.defineProperty(new Uint8Array(24), "byteLength", { get: thrower }),
  ),
  nasty("channels of different lengths", () => [new Float32Array(3), new Float32Array(4)]),
  nasty("an aborted signal", () => AbortSignal.abort(new Mine("aborted"))),
  nasty("a signal without a body", () => Object.create(AbortSignal.prototype)),
  nasty("a signal that cannot be listened to", () =>
    Object.assign(new AbortController().signal, { addEventListener: thrower }),
  ),
  nasty("a signal that cannot be left", () =>
    Object.assign(new AbortController().signal, { removeEventListener: thrower }),
  ),
  nasty("a URL", () => new URL("file:///nowhere.js")),
  nasty("a URL without a body", () => Object.create(URL.prototype)),
];
