/** Copies text; a browser that refuses (no permission, plain http) changes nothing. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard?.writeText(text).catch(() => undefined)
}
