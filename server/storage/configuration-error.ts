/**
 * The store cannot be opened as configured: a bad address, an unusable folder, a damaged file, a Node without SQLite. The message is
 * one line for the person who runs the server; the start ends with it.
 */
export class ConfigurationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConfigurationError'
  }
}
