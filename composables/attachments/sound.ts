import { useEventListener } from '@vueuse/core'
import type { MaybeRefOrGetter, Ref } from 'vue'

const speeds = [1, 1.5, 2] as const

export interface Sound {
  playing: Readonly<Ref<boolean>>
  /** Seconds from the beginning. */
  position: Readonly<Ref<number>>
  /** Seconds; undefined until that is known. */
  length: Readonly<Ref<number | undefined>>
  speed: Readonly<Ref<number>>
  toggle(): void
  seek(seconds: number): void
  /** The next of 1, 1.5 and 2 times. */
  hurry(): void
}

/**
 * Plays one audio element, the only one that is heard.
 *
 * @param known seconds, as its sender measured: what a browser records says nothing of its own length
 */
export function useSound(audio: Readonly<Ref<HTMLAudioElement | null>>, known: MaybeRefOrGetter<number | undefined>): Sound {
  /** For all sounds of this page: who hurries, hurries through all of them. */
  const speed = useState('sound-speed', () => 1)
  const playing = ref(false)
  const position = ref(0)
  const measured = ref<number>()
  const on = <K extends keyof HTMLMediaElementEventMap>(type: K, listener: () => void) => useEventListener(audio, type, listener)

  on('play', () => {
    // Two voices at once are understood by nobody.
    for (const other of document.querySelectorAll('audio')) if (other !== audio.value) other.pause()
    playing.value = true
  })
  on('pause', () => {
    playing.value = false
  })
  on('ended', () => {
    playing.value = false
    position.value = 0
    if (audio.value !== null) audio.value.currentTime = 0
  })
  on('timeupdate', () => {
    position.value = audio.value?.currentTime ?? 0
  })
  const measure = (): void => {
    const { duration } = audio.value ?? {}
    measured.value = duration !== undefined && Number.isFinite(duration) ? duration : undefined
  }
  on('durationchange', measure)
  // Of what the server rendered, the facts may be known before anybody listens.
  onMounted(measure)
  watch(speed, (rate) => {
    if (audio.value !== null) audio.value.playbackRate = rate
  })
  onBeforeUnmount(() => {
    audio.value?.pause()
  })

  return {
    playing,
    position,
    length: computed(() => measured.value ?? toValue(known)),
    speed,
    toggle() {
      const element = audio.value
      if (element === null) return
      element.playbackRate = speed.value
      if (element.paused) void element.play().catch(() => undefined) // what cannot be played says so by its event `error`
      else element.pause()
    },
    seek(seconds) {
      position.value = seconds
      if (audio.value !== null) audio.value.currentTime = seconds
    },
    hurry() {
      speed.value = speeds[(speeds.findIndex(each => each === speed.value) + 1) % speeds.length] ?? 1
    },
  }
}
