import { limits } from '#parley/shared/protocol/index.ts'
import { useErrorText, type Refusal } from '#parley/composables/useErrorText.ts'

export type LoginMode = 'login' | 'register'
export type LoginFieldName = 'username' | 'password' | 'displayName' | 'setupCode' | 'invite'

/** Which field an error belongs to; the rest concern the form as a whole. */
const fieldOf: Partial<Record<string, LoginFieldName>> = {
  bad_credentials: 'password',
  username_taken: 'username',
  username_invalid: 'username',
  password_weak: 'password',
  password_common: 'password',
  setup_code_required: 'setupCode',
  invite_required: 'invite',
}

/** State of the log-in page: two modes over the same fields, one error at a time and where it belongs. */
export function useLoginForm() {
  const account = useAccountStore()
  const errorText = useErrorText()
  const { t } = useI18n()
  const mode = ref<LoginMode>('login')
  const fields = reactive<Record<LoginFieldName, string>>({ username: '', password: '', displayName: '', setupCode: '', invite: '' })
  const busy = ref(false)
  /** The password was right, and a code is missing (A11): what names this half of a log-in. */
  const half = ref<string>()
  const error = shallowRef<{ text: string, field?: LoginFieldName }>()
  /** Fields that only some servers ask for, once they have asked. */
  const asked = reactive({ setupCode: false, invite: false })

  function refuse(refusal: Refusal): void {
    const field = refusal.kind === 'refused' ? fieldOf[refusal.code] : undefined
    const first = field === 'setupCode' || field === 'invite' ? !asked[field] : false
    if (field === 'setupCode' || field === 'invite') asked[field] = true
    // The first time it is a question, not a mistake: the field's own hint explains it.
    error.value = { text: first ? '' : errorText(refusal), field }
  }

  /** What can be known without asking the server. */
  function checked(): boolean {
    error.value = undefined
    const username = fields.username.trim()
    if (username === '') error.value = { text: t('auth.usernameMissing'), field: 'username' }
    else if (mode.value === 'register' && [...username].length < limits.usernameMin) error.value = { text: t('error.username_invalid'), field: 'username' }
    else if (fields.password === '') error.value = { text: t('auth.passwordMissing'), field: 'password' }
    else if (mode.value === 'register' && fields.password.length < limits.passwordMin) error.value = { text: t('error.password_weak'), field: 'password' }
    return error.value === undefined
  }

  function registration() {
    const optional = (value: string) => value.trim() === '' ? undefined : value.trim()
    return { username: fields.username.trim(), password: fields.password, displayName: optional(fields.displayName), setupCode: optional(fields.setupCode), invite: optional(fields.invite) }
  }

  /** @returns whether someone is logged in now */
  async function submit(): Promise<boolean> {
    if (busy.value || !checked()) return false
    busy.value = true
    const answer = mode.value === 'login' ? await account.authenticate('/api/auth/login', { username: fields.username.trim(), password: fields.password }) : await account.authenticate('/api/auth/register', registration())
    busy.value = false
    if (answer.kind !== 'ok') refuse(answer)
    else if ('secondFactor' in answer.value) half.value = answer.value.secondFactor.token
    return answer.kind === 'ok' && 'user' in answer.value
  }

  function toggle(): void {
    mode.value = mode.value === 'login' ? 'register' : 'login'
    error.value = undefined
  }

  /** Back from the second step to the password. */
  function goBack(problem?: string): void {
    half.value = undefined
    fields.password = ''
    error.value = problem === undefined ? undefined : { text: problem }
  }

  /** Comes from an invite's page, to make an account with it. */
  function invited(token: string): void {
    mode.value = 'register'
    fields.invite = token
  }

  const errorOf = (field: LoginFieldName) => error.value?.field === field && error.value.text !== '' ? error.value.text : undefined
  return { mode, fields, busy, error, asked, errorOf, half, submit, toggle, goBack, invited }
}
