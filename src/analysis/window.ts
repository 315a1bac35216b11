/** Windows by their names in scipy. */
export type WindowName =
  | "boxcar"
  | "triang"
  | "bartlett"
  | "hann"
  | "hamming"
  | "blackman"
  | "blackmanharris"
  | "nuttall"
  | "flattop"
  | "cosine"
  | "tukey"
  | "kaiser"
  | "gaussian";

/**
 * A window: its name, its name with its parameter (tukey's alpha, default 0.5; kaiser's beta and gaussian's standard
 * deviation in samples, which have no default), or its values, as many as `size`. Named windows are periodic, as
 * `scipy.signal.get_window` makes them.
 */
export type Window =
  | WindowName
  | readonly ["tukey" | "kaiser" | "gaussian", number]
  | Float32Array
  | Float64Array
  | readonly number[];
