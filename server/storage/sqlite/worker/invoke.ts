import type { AnswerBox } from '#parley/server/storage/sqlite/worker/answers.ts'

/** Calls a method by name and answers with what becomes of it. JSON knows no undefined, and no method takes null. */
export function invoke(target: object, { method, args }: { method: string, args: unknown[] }, call: number, answers: AnswerBox): void {
  void settle(target, method, args.map(argument => argument ?? undefined), call, answers)
}

/** As {@link invoke}, and resolves when it is answered; never rejects. */
export async function settle(target: object, method: string, args: unknown[], call: number, answers: AnswerBox): Promise<void> {
  try {
    const found: unknown = Reflect.get(target, method)
    if (typeof found !== 'function') throw new TypeError(`the store has no ${method}`)
    answers.value(call, await Reflect.apply(found, target, args))
  }
  catch (error) {
    answers.failed(call, error)
  }
}
