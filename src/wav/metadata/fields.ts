/** Reads the fields of a chunk one after the other. Behind the end there are zeros, and `short` tells. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  #position = 0;
  #short = false;

  /** `littleEndian` is false in a RIFX file. */
  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = littleEndian;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.byteLength - this.#position;
  }

  /** Whether a field was read that is not there as a whole. */
  get short(): boolean {
    return this.#short;
  }

  u16(): number {
    const at = this.#advance(2);
    return at === undefined ? 0 : this.#view.getUint16(at, this.#littleEndian);
  }

  i16(): number {
    const at = this.#advance(2);
    return at === undefined ? 0 : this.#view.getInt16(at, this.#littleEndian);
  }

  u32(): number {
    const at = this.#advance(4);
    return at === undefined ? 0 : this.#view.getUint32(at, this.#littleEndian);
  }

  f32(): number {
    const at = this.#advance(4);
    return at === undefined ? 0 : this.#view.getFloat32(at, this.#littleEndian);
  }

  /** Four bytes as letters. */
  id(): string {
    return String.fromCharCode(...this.take(4));
  }

  /** The next bytes, or as many as are left, over the same memory. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#position, this.#position + count);
    this.skip(count);
    return taken;
  }

  /** Bytes that are not looked at. */
  skip(count: number): void {
    this.#short ||= count > this.left;
    this.#position += Math.min(count, this.left);
  }

  /** Where the next field of so many bytes is; undefined where it is not there as a whole. */
  #advance(width: number): number | undefined {
    const at = this.#position;
    const whole = width <= this.left;
    this.skip(width);
    return whole ? at : undefined;
  }
}

/** Writes the fields of a chunk of known size, little-endian. What is left out stays zero. */
export class FieldWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#advance(2), value, true);
  }

  i16(value: number): void {
    this.#view.setInt16(this.#advance(2), value, true);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#advance(4), value, true);
  }

  f32(value: number): void {
    this.#view.setFloat32(this.#advance(4), value, true);
  }

  /** Four letters. */
  id(id: string): void {
    const at = this.#advance(4);
    for (let index = 0; index < 4; index++) {
      this.#view.setUint8(at + index, id.charCodeAt(index));
    }
  }

  /** Bytes as they are, in a field of `width` bytes. */
  raw(bytes: Uint8Array, width: number = bytes.byteLength): void {
    this.bytes.set(bytes, this.#advance(width));
  }

  skip(count: number): void {
    this.#advance(count);
  }

  #advance(width: number): number {
    const at = this.#position;
    this.#position += width;
    return at;
  }
}
