import { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration, WebAuthnAbortService, WebAuthnError } from '@simplewebauthn/browser'

export type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']
export type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']
/** What the device has done: `stopped` when its user, a timeout or another request ended it. */
export type DeviceAnswer = { kind: 'ok', response: Record<string, unknown> } | { kind: 'exists' | 'stopped' }

/** Whether this browser has passkeys at this address: browsers refuse bare addresses and plain http. */
export const passkeysPossible = (): boolean => browserSupportsWebAuthn() && !/^[\d.]+$|^\[/.test(location.hostname)

/** Whether it offers them in the field of the user name. */
export const offersInField = async (): Promise<boolean> => passkeysPossible() && await browserSupportsWebAuthnAutofill()

async function ask(act: () => Promise<object>): Promise<DeviceAnswer> {
  try {
    return { kind: 'ok', response: { ...await act() } }
  }
  catch (error) {
    return { kind: error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED' ? 'exists' : 'stopped' }
  }
}

export const makePasskey = (optionsJSON: CreationOptions): Promise<DeviceAnswer> => ask(() => startRegistration({ optionsJSON }))

/** `inField`: waits until somebody chooses one in the field of the user name; another call ends that. */
export const signWithPasskey = (optionsJSON: RequestOptions, inField: boolean): Promise<DeviceAnswer> =>
  ask(() => startAuthentication({ optionsJSON, useBrowserAutofill: inField }))

/** Ends what a browser is being asked. */
export const stopAsking = (): void => WebAuthnAbortService.cancelCeremony()
