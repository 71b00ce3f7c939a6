/** Whether an untrusted relative path stays below its directory. */
export function staysBelow(path: string): boolean {
  return path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'))
}
