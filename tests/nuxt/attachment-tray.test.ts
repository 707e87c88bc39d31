import { mountSuspended } from '@nuxt/test-utils/runtime'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import AttachmentTray from '#parley/components/chat/media/AttachmentTray.vue'
import type { PickedFile } from '#parley/composables/useFileIntake.ts'

const file = (cid: string, more: Partial<PickedFile> = {}): PickedFile => ({ cid, file: new File(['text'], `${cid}.png`, { type: 'image/png' }), name: `${cid}.png`, kind: 'image', kept: 'writing', ...more })

async function describing() {
  const told: [string, string | undefined][] = []
  const tray = await mountSuspended(AttachmentTray, { props: { files: [file('cat')], onDescribe: (cid: string, alt: string | undefined) => void told.push([cid, alt]) } })
  await tray.get('[data-testid=picked-describe]').trigger('click')
  const box = tray.get<HTMLInputElement>('[data-testid=picked-alt]')
  box.element.value = 'a cat on a roof'
  await box.trigger('input')
  return { tray, box, told }
}

// The files of this environment are not those that its URL takes.
beforeEach(() => void vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:picture'))

describe('[U-P6] the words for a picture that goes with the next message', () => {
  it('stay in their box when the tray is drawn anew', async () => {
    const { tray, box, told } = await describing()
    await tray.setProps({ files: [file('cat', { kept: 'yes' })] })
    expect(box.element.value).toBe('a cat on a roof')
    await tray.get('form').trigger('submit')
    expect(told.at(-1)).toEqual(['cat', 'a cat on a roof'])
  })

  it('are kept when another conversation is opened before they are finished', async () => {
    const { tray, told } = await describing()
    await tray.setProps({ files: [file('dog')] })
    expect(told).toEqual([['cat', 'a cat on a roof']])
    expect(tray.find('[data-testid=picked-alt]').exists()).toBe(false)
  })

  it('are kept when the last file leaves the tray, and by Escape', async () => {
    const { tray, box, told } = await describing()
    await box.trigger('keydown', { key: 'Escape' })
    expect(told).toEqual([['cat', 'a cat on a roof']])
    await tray.get('[data-testid=picked-describe]').trigger('click')
    tray.unmount()
    expect(told).toHaveLength(2)
  })
})
