import { afterEach, expect, it, vi } from 'vitest'
import { keepForSearch } from '#parley/composables/shortcuts/early-typing.ts'

afterEach(() => {
  vi.useRealTimers()
  document.body.innerHTML = ''
})

const press = (key: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  document.body.dispatchEvent(event)
  return event.defaultPrevented
}
function box(type: string): HTMLInputElement {
  const input = document.createElement('input')
  input.type = type
  document.body.append(input)
  return input
}

it('[U-Q1] what is typed before the search box has the focus is in it, and goes nowhere else', () => {
  keepForSearch()
  expect(['h', 'i', 'x', 'Backspace', '!'].map(key => press(key))).toEqual([true, true, true, true, true])
  expect([press('Tab'), press('f', { ctrlKey: true }), press('n', { isComposing: true })]).toEqual([false, false, false])
  box('text').dispatchEvent(new FocusEvent('focusin', { bubbles: true }))
  expect(press('?')).toBe(true)
  const search = box('search')
  const heard = vi.fn<() => void>()
  search.addEventListener('input', heard)
  search.dispatchEvent(new FocusEvent('focusin', { bubbles: true }))
  expect(search.value).toBe('hi!?')
  expect(heard).toHaveBeenCalledOnce()
  expect(press('z')).toBe(false)
})

it('is over after Escape, after a while, and when it is ended', () => {
  vi.useFakeTimers()
  keepForSearch()
  expect([press('a'), press('Escape'), press('b')]).toEqual([true, true, false])
  keepForSearch()
  vi.advanceTimersByTime(5_000)
  expect(press('c')).toBe(false)
  keepForSearch()()
  expect(press('d')).toBe(false)
})
