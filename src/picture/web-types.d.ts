// Names of the web that the declarations of @resvg/resvg-wasm use and Node's types have not. Nothing of ours uses them.
type RequestInfo = string | URL;
type BufferSource = ArrayBuffer | ArrayBufferView;
// biome-ignore lint/style/noNamespace: so it is named there
declare namespace WebAssembly {
  type Module = object;
}
