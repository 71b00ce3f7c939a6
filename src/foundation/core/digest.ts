const PRIME = 0x100000001b3n
const OFFSET = 0xcbf29ce484222325n

/**
 * FNV-1a, 64 bits, of a text's UTF-16 units, as 16 hexadecimal digits: short names that are always
 * the same for the same text. Keeps names apart; protects nothing.
 */
export function digest(text: string): string {
  let hash = OFFSET
  for (let at = 0; at < text.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * PRIME)
  }
  return hash.toString(16).padStart(16, '0')
}
