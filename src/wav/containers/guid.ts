/**
 * A GUID in its usual spelling: the first three groups are numbers (big-endian only in RIFX), the
 * others bytes.
 */
export function guidText(view: DataView, offset: number, littleEndian = true): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  const tail = Array.from({ length: 8 }, (_, index) =>
    hex(view.getUint8(offset + 8 + index), 2),
  ).join("");
  return [
    hex(view.getUint32(offset, littleEndian), 8),
    hex(view.getUint16(offset + 4, littleEndian), 4),
    hex(view.getUint16(offset + 6, littleEndian), 4),
    tail.slice(0, 4),
    tail.slice(4),
  ].join("-");
}
