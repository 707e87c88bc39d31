/** Backgrounds for avatars: white text on each has at least 4.5:1, and neighbours are told apart by eye in both themes. */
const palette = ['#ad5d29', '#7b4fb0', '#2c7a4b', '#b23a55', '#1f7a8c', '#5b6abf', '#a05a1c', '#40697a', '#8f4a86', '#5f7a1f', '#b0442f', '#3f6f9f'] as const

/** The colour of a person or a conversation, from its id alone, so that it is the same on every device (FNV-1a). */
export function identityColor(id: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0
  return palette[hash % palette.length] ?? palette[0]
}

/** What stands in an avatar: the first letter or character of the name, upper case where the script has one. */
export function identityInitial(name: string): string {
  const match = /[\p{L}\p{N}]/u.exec(name)
  return (match?.[0] ?? name.trim().slice(0, 1)).toLocaleUpperCase()
}
