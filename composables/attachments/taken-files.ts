/** The part of a DataTransfer that is asked, so that a test can be one. */
export type Transfer = Pick<DataTransfer, 'types' | 'getData'> & { files: ArrayLike<File>, items?: ArrayLike<Pick<DataTransferItem, 'kind' | 'webkitGetAsEntry'>> }

export const hasFiles = (data: Pick<DataTransfer, 'types'> | null): boolean => data?.types.includes('Files') === true

/** Files of a drop. A folder comes as a file that cannot be read: it is left out. */
export function droppedFiles(data: Transfer): File[] {
  const files = Array.from(data.files)
  const kinds = Array.from(data.items ?? []).filter(item => item.kind === 'file').map(item => item.webkitGetAsEntry()?.isDirectory === true)
  return kinds.length === files.length ? files.filter((_file, index) => !kinds[index]) : files
}

/** Files of a paste: plain text beside them wins, since a table or a formatted text brings a picture of itself along (U-P8). */
export function pastedFiles(data: Transfer | null): File[] {
  if (data === null || !hasFiles(data) || data.types.includes('text/plain')) return []
  return Array.from(data.files)
}
