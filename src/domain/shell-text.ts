/** A value as a shell takes it in a command that people are told to run: whatever Zoho sends stays one word. */
export function shellWord(value: string): string {
  return /^[\w.][\w.-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
