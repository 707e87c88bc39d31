import type { OutgoingFile } from '#parley/client/types.ts'
import { kindOf } from '#parley/shared/attachments.ts'

/** The part of a DataTransfer that is asked, so that a test can be one. */
export type Transfer = Pick<DataTransfer, 'types' | 'getData'> & { files: ArrayLike<File>, items?: ArrayLike<Pick<DataTransferItem, 'kind' | 'webkitGetAsEntry'>> }

export const hasFiles = (data: Pick<DataTransfer, 'types'> | null): boolean => data?.types.includes('Files') === true

/** Files of a drop. A folder comes as a file that cannot be read: it is left out. */
export function droppedFiles(data: Transfer): File[] {
  const files = Array.from(data.files)
  const kinds = Array.from(data.items ?? []).filter(item => item.kind === 'file').map(item => item.webkitGetAsEntry()?.isDirectory === true)
  return kinds.length === files.length ? files.filter((_file, index) => !kinds[index]) : files
}

/** A file manager lays the names of the files that were copied beside them as text. */
function onlyNames(text: string, files: readonly File[]): boolean {
  const names = new Set(files.map(({ name }) => name))
  return text.split(/[\r\n]+/).filter(line => line !== '').every(line => names.has(line.split(/[/\\]/).at(-1) ?? ''))
}

/** Files of a paste: plain text beside them wins, since a table or a formatted text brings a picture of itself along (U-P8). */
export function pastedFiles(data: Transfer | null): File[] {
  if (data === null || !hasFiles(data)) return []
  const files = Array.from(data.files)
  return data.types.includes('text/plain') && !onlyNames(data.getData('text/plain'), files) ? [] : files
}

/** A chosen file as a draft keeps it. @param seconds of what was recorded here: such a file does not know how long it is */
export const pickedFile = (file: File, seconds?: number): OutgoingFile => ({
  file, name: file.name === '' ? 'file' : file.name, kind: kindOf(file.type), ...(seconds === undefined ? {} : { duration: seconds }),
})
