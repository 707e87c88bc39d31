import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** P9 runs by itself, with a browser and its own report; what it prints is passed on and kept. */
export async function runClient(quick: boolean): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'p9-client.ts'), ...quick ? ['--quick'] : []], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    process.stdout.write(chunk)
  })
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  return `### P9, the client in a browser\n\n\`\`\`\n${output.trim()}\n\`\`\`${code === 0 ? '' : `\n\nended with ${code}`}`
}
