/** The file name of a recording: when it was made, by the clock on the wall. */
export function voiceName(now: Date, mime: string): string {
  const stamp = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.')
  return `${stamp}.${mime.includes('mp4') ? 'm4a' : mime.includes('ogg') ? 'ogg' : 'webm'}`
}

/** Whether a file is a recording made here: its name is only when that was, so it is shown by what it is. */
export const isVoiceName = (name: string): boolean => /^\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.(?:m4a|ogg|webm)$/.test(name)
