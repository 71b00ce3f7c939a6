/** Tables for eight bytes per step ("slicing by 8"), with the polynomial of zip and gzip. */
const TABLES = new Int32Array(8 * 256)

for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  TABLES[byte] = value
}
for (let at = 256; at < TABLES.length; at++) {
  const value = TABLES[at - 256] ?? 0
  TABLES[at] = (value >>> 8) ^ look(0, value)
}

function look(table: number, byte: number): number {
  return TABLES[(table << 8) | (byte & 255)] ?? 0
}

/** The unsigned CRC-32 of bytes. `before` is the CRC-32 of the preceding bytes. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  let at = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    crc = look(7, low) ^ look(6, low >>> 8) ^ look(5, low >>> 16) ^ look(4, low >>> 24)
    crc ^= look(3, high) ^ look(2, high >>> 8) ^ look(1, high >>> 16) ^ look(0, high >>> 24)
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ look(0, crc ^ view.getUint8(at))
  return ~crc >>> 0
}
