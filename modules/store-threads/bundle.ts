import { build } from 'esbuild'

/**
 * Makes one file of a thread's first module and all that it imports: a thread loads it by its place and knows no bundler.
 *
 * @param entry path of the first module
 * @returns its code, and the paths of the sources in it
 */
export async function bundleThread(entry: string): Promise<{ code: string, sources: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
    legalComments: 'none',
  })
  return { code: outputFiles[0]?.text ?? '', sources: Object.keys(metafile.inputs) }
}
