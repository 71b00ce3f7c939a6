const PRIME = 0x100000001b3n
const OFFSET = 0xcbf29ce484222325n

/**
 * FNV-1a, 64 bits, of a text's UTF-16 units, as 16 hexadecimal digits: short, stable names for texts.
 * Not a cryptographic hash.
 */
export function digest(text: string): string {
  let hash = OFFSET
  for (let at = 0; at < text.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * PRIME)
  }
  return hash.toString(16).padStart(16, '0')
}
