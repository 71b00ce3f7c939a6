import { KnownError } from '../../../foundation/core/errors'

/** The result, or the message of a KnownError: a failing check does not stop the others. */
export async function orError<Answer>(
  ask: () => Promise<Answer>,
): Promise<Answer | { readonly error: string }> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KnownError) return { error: error.message }
    throw error
  }
}
