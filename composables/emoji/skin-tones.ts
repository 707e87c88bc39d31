/** Skin tones as Unicode has them, after the yellow of none. */
export const skinTones = ['', '\u{1F3FB}', '\u{1F3FC}', '\u{1F3FD}', '\u{1F3FE}', '\u{1F3FF}'] as const
/** Keys of their names. */
export const toneNames = ['none', 'light', 'mediumLight', 'medium', 'mediumDark', 'dark'] as const

const modifiers = /[\u{1F3FB}-\u{1F3FF}]/gu
/** What takes a tone, with the sign that asks for a picture of it: the tone asks for one too. */
const bases = /\p{Emoji_Modifier_Base}\uFE0F?/gu

/** Browsers without the `v` flag have no tones to choose; a literal would stop the whole module from loading there. */
function knownEmoji(): RegExp | undefined {
  try {
    return new RegExp('^\\p{RGI_Emoji}$', 'v')
  }
  catch {
    return undefined
  }
}
const known = knownEmoji()

/** An emoji in a tone, its people all in the same one; as it was where it has none. */
export function withTone(emoji: string, tone: number): string {
  const modifier = skinTones[tone] ?? ''
  const bare = emoji.replace(modifiers, '')
  if (modifier === '') return bare
  const toned = bare.replace(bases, base => base.replace('\uFE0F', '') + modifier)
  return toned !== bare && known?.test(toned) === true ? toned : emoji
}

export const hasTones = (emoji: string): boolean => withTone(emoji, 1) !== emoji

/** The same for an emoji in every tone, and with or without the sign that asks for a picture. */
export const withoutTone = (emoji: string): string => emoji.replace(modifiers, '').replaceAll('\uFE0F', '')
