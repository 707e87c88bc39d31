import { voiceName } from '#parley/composables/attachments/voice-name.ts'

/** Why nothing is recorded, as browsers tell it. */
export type VoiceFailure = 'denied' | 'noMicrophone' | 'failed'

export interface VoiceRecording {
  /** Ends it. Undefined when nothing was heard. */
  finish(): Promise<File | undefined>
  /** Ends it and forgets it. */
  cancel(): void
}

/** Types by preference: what every browser plays comes first. */
const types = ['audio/mp4', 'audio/webm;codecs=opus', 'audio/webm', 'audio/ogg;codecs=opus']

/** Bits per second: speech, and an hour of it in 15 MB. */
const rate = 32_000

/** Whether this browser can record; over plain http none lets a page. */
export const canRecord = (): boolean => 'MediaRecorder' in globalThis && navigator.mediaDevices !== undefined

function failureOf(error: unknown): VoiceFailure {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'noMicrophone' : 'failed'
}

/** Starts to record the microphone; the browser asks for it. */
export async function recordVoice(): Promise<VoiceRecording | VoiceFailure> {
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } })
  }
  catch (error) {
    return failureOf(error)
  }
  const release = (): void => stream.getTracks().forEach(track => track.stop()) // the browser's sign of recording goes with it
  try {
    const mimeType = types.find(type => MediaRecorder.isTypeSupported(type))
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: rate, ...(mimeType === undefined ? {} : { mimeType }) })
    const pieces: Blob[] = []
    recorder.ondataavailable = ({ data }) => void pieces.push(data)
    const ended = new Promise<void>((resolve) => {
      recorder.onstop = () => resolve()
    })
    recorder.start(1_000)
    return {
      async finish() {
        if (recorder.state !== 'inactive') recorder.stop()
        await ended
        release()
        const type = recorder.mimeType
        const file = new File(pieces, voiceName(new Date(), type), { type })
        return file.size > 0 ? file : undefined
      },
      cancel() {
        if (recorder.state !== 'inactive') recorder.stop()
        release()
      },
    }
  }
  catch {
    release()
    return 'failed'
  }
}
