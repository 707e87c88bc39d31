import { build } from 'esbuild'

/**
 * Makes of the command line what runs from the built server's folder alone. Its commands become chunks of their own, loaded when asked for.
 *
 * @param entry path of its first module
 * @param folder where the files go; `parley.mjs` is the one to run
 */
export async function bundleCommandLine(entry: string, folder: string): Promise<void> {
  await build({
    entryPoints: { parley: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
    legalComments: 'none',
    // Packages in the older form of modules ask for Node's own by `require`, which a module does not have.
    banner: { js: 'import { createRequire as createRequireOfParley } from \'node:module\'; const require = createRequireOfParley(import.meta.url);' },
  })
}
